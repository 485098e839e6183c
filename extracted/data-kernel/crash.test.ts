import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { connectKernel, type Doc, type Kernel, type Write } from "./client.ts";

const KILLS = process.env["LONG"] ? 200 : 4;
const WRITERS = 6;
const OWN = 4;
const SHARED = ["shared/0", "shared/1", "shared/2"];
const BRANCH = "test/crash/main";

type Value = { readonly key: string };

let folder: string;
const children = new Set<ChildProcess>();
const kernels = new Set<Kernel>();

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kernel-crash-"));
});
after(async () => {
  for (const child of children) child.kill("SIGKILL");
  for (const kernel of kernels) kernel.close();
  await rm(folder, { recursive: true });
});

/** A kernel process of its own on the test's folder, once it is ready. */
async function startProcess(): Promise<{ child: ChildProcess; kernel: Kernel }> {
  const main = join(import.meta.dirname, "main.ts");
  const env = { ...process.env, PORT: "0", GRPC_PORT: "0", DATA_DIR: folder };
  const child = spawn(process.execPath, [main], { env, stdio: ["ignore", "pipe", "inherit"] });
  children.add(child);
  child.once("exit", () => children.delete(child));
  for await (const line of createInterface({ input: child.stdout })) {
    const { grpcPort } = JSON.parse(line) as { grpcPort?: number };
    if (grpcPort)
      return { child, kernel: connectKernel({ address: `127.0.0.1:${grpcPort}`, breaker: false }) };
  }
  return assert.fail("the kernel ended before it was ready");
}

/** A commit that shows when half of it is missing: its own documents, and three that always change together. */
function requestOf(key: string) {
  const own = Array.from({ length: OWN }, (_, n) => put(`own/${key}/${n}`, "Own", key));
  const shared = SHARED.map((id) => put(id, "Shared", key));
  return { branch: BRANCH, key, message: "as asked", writes: [...own, ...shared] };
}

function put(id: string, type: string, key: string): Write {
  return { put: { id, type, body: { key } satisfies Value } };
}

/** What the test knows of the commits it asked for: acknowledged with an id, or without an answer. */
class Books {
  readonly acknowledged = new Map<string, string>();
  readonly unanswered = new Set<string>();

  async ask(kernel: Kernel, key: string): Promise<void> {
    this.unanswered.add(key);
    const { commit } = await kernel.commit(requestOf(key));
    assert(commit);
    assert.equal(this.acknowledged.get(key) ?? commit.id, commit.id);
    this.acknowledged.set(key, commit.id);
    this.unanswered.delete(key);
  }
}

/** Commits from several writers, watched by a reader, until the kernel dies after some acknowledgements. */
async function writeUntilKilled(round: number, books: Books): Promise<void> {
  const { child, kernel } = await startProcess();
  await auditAll(kernel, books);
  let left = randomInt(1, 80);
  const gone = once(child, "exit");
  const write = async (writer: number) => {
    for (let n = 0; ; n += 1) {
      await books.ask(kernel, `${round}-${writer}-${n}`);
      left -= 1;
      if (left === 0) child.kill("SIGKILL");
    }
  };
  const watch = async () => {
    for (;;) await auditShared(kernel);
  };
  const ends = await Promise.allSettled([...Array.from({ length: WRITERS }, (_, n) => write(n)), watch()]);
  for (const end of ends) {
    assert(end.status === "rejected");
    assert.equal((end.reason as { code?: string }).code, "UNAVAILABLE", String(end.reason));
  }
  await gone;
  kernel.close();
}

async function auditAll(kernel: Kernel, books: Books): Promise<void> {
  const { keys, ids } = await auditLog(kernel);
  for (const [key, id] of books.acknowledged) assert.equal(ids.get(key), id, `commit ${key} is lost`);
  for (const key of keys) {
    assert(books.acknowledged.has(key) || books.unanswered.has(key), `nobody asked for ${key}`);
  }
  const own = new Map<string, number>();
  for await (const { body } of kernel.stream<Value>({ branch: BRANCH, type: "Own" })) {
    own.set(body.key, (own.get(body.key) ?? 0) + 1);
  }
  assert.deepEqual(own, new Map(keys.map((key) => [key, OWN])));
  assert.equal(await auditShared(kernel), keys.at(-1));
  for (const key of [...books.unanswered]) await books.ask(kernel, key);
}

/** Every commit whole, no key twice, sequences rising. */
async function auditLog(kernel: Kernel): Promise<{ keys: string[]; ids: Map<string, string> }> {
  const ids = new Map<string, string>();
  let last = { id: "", sequence: 0 };
  for (;;) {
    const { commits, head } = await kernel.changes({ branch: BRANCH, after: last.id });
    for (const { commit, changes } of commits) {
      assert(!ids.has(commit.key), `key ${commit.key} is there twice`);
      assert(commit.sequence > last.sequence);
      assert.equal(changes.length, OWN + SHARED.length);
      ids.set(commit.key, commit.id);
      last = commit;
    }
    if (last.id === head) return { keys: [...ids.keys()], ids };
  }
}

/** The key all shared documents carry. */
async function auditShared(kernel: Kernel): Promise<string | undefined> {
  const documents: Doc<Value>[] = [];
  for await (const each of kernel.stream<Value>({ branch: BRANCH, type: "Shared" })) documents.push(each);
  const values = new Set(documents.map(({ body, revision }) => `${body.key} ${revision}`));
  assert(values.size <= 1, `half a commit is visible: ${[...values].join(", ")}`);
  return documents[0]?.body.key;
}

test(`${KILLS} kills at random points lose, double and halve no commit`, async () => {
  const books = new Books();
  const first = await startProcess();
  await first.kernel.createBranch({ name: BRANCH });
  first.kernel.close();
  first.child.kill("SIGKILL");
  await once(first.child, "exit");
  for (let round = 0; round < KILLS; round += 1) await writeUntilKilled(round, books);
  const { child, kernel } = await startProcess();
  await auditAll(kernel, books);
  assert.equal(books.unanswered.size, 0);
  assert(books.acknowledged.size >= KILLS);
  kernel.close();
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
});
