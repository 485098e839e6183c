import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { Nats } from "@oms/events/nats.fixture.ts";
import { connectKernel, type Kernel } from "../client.ts";
import { until } from "./relay.fixture.ts";
import { toldOn } from "./sinks/jetstream.fixture.ts";

const KILLS = process.env["LONG"] ? 50 : 2;
const COMMITS = 20;
const BRANCH = "test/redelivery/main";

let folder: string;
let nats: Nats;
const children = new Set<ChildProcess>();

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "relay-crash-"));
  nats = await Nats.start();
});
after(async () => {
  for (const child of children) child.kill("SIGKILL");
  await nats.stop();
  await rm(folder, { recursive: true });
});

async function startProcess(): Promise<{ child: ChildProcess; kernel: Kernel }> {
  const main = join(import.meta.dirname, "..", "main.ts");
  const env = { ...process.env, PORT: "0", GRPC_PORT: "0", DATA_DIR: folder, NATS_URL: nats.url };
  const child = spawn(process.execPath, [main], { env, stdio: ["ignore", "pipe", "inherit"] });
  children.add(child);
  child.once("exit", () => children.delete(child));
  for await (const line of createInterface({ input: child.stdout })) {
    const { grpcPort } = JSON.parse(line) as { grpcPort?: number };
    if (!grpcPort) continue;
    child.stdout.resume();
    return { child, kernel: connectKernel({ address: `127.0.0.1:${grpcPort}`, breaker: false }) };
  }
  return assert.fail("the kernel ended before it was ready");
}

/** Ids of the events on the stream, in its order. */
async function published(): Promise<string[]> {
  return (await toldOn(nats)).map(({ event }) => event.id);
}

async function commitAll(kernel: Kernel, round: number): Promise<string[]> {
  const keys = Array.from({ length: COMMITS }, (_, n) => `${round}-${n}`);
  for (const key of keys) {
    const writes = ["a", "b"].map((id) => ({ put: { id, type: "Note", body: { key } } }));
    await kernel.commit({ branch: BRANCH, key, message: "as asked", writes });
  }
  return keys.flatMap((key) => [`${key}/0`, `${key}/1`]);
}

/** The audit's branch is made with its first record. */
function noneYet(): { documents: [] } {
  return { documents: [] };
}

test(`${KILLS} kills between a delivery and its cursor: no event is lost, doubled or out of order`, async () => {
  const expected: string[] = [];
  for (let round = 0; round < KILLS; round++) {
    const { child, kernel } = await startProcess();
    if (round === 0) await kernel.createBranch({ name: BRANCH });
    const before = expected.length;
    expected.push(...(await commitAll(kernel, round)));
    // Some of this round is out, and the cursor is written only some time after.
    await until(async () => (await published()).length > before);
    kernel.close();
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  const { child, kernel } = await startProcess();
  await until(async () => (await published()).length >= expected.length);
  assert.deepEqual(await published(), expected);
  const audit = async () => {
    const page = { branch: "test/kernel/audit", type: "Audit", pageSize: 1000 };
    const { documents } = await kernel.query<{ key: string }>(page).catch(noneYet);
    return documents.map(({ body }) => body.key);
  };
  await until(async () => (await audit()).length >= KILLS * COMMITS);
  assert.equal(new Set(await audit()).size, KILLS * COMMITS);
  assert.equal((await audit()).length, KILLS * COMMITS);
  kernel.close();
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
});
