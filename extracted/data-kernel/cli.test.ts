import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connectKernel } from "./client.ts";
import { startOnFreePorts } from "./fixtures/running-kernel.ts";
import { newBranch, put, write } from "./store/conformance/fixture.ts";
import { openSqliteStore } from "./store/sqlite.ts";

let folder: string;
let branch: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kernel-cli-"));
  const store = await openSqliteStore(join(folder, "kernel.db"));
  branch = await newBranch(store);
  await write(store, branch, [put("a", "{}")]);
  await store.close();
});
after(() => rm(folder, { recursive: true }));

type Result = { readonly code: number; readonly stdout: string; readonly stderr: string };

function kernel(...args: string[]): Promise<Result> {
  const argv = ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "cli.ts"), ...args];
  const env = { ...process.env, DATA_DIR: folder };
  return new Promise((resolve) => {
    execFile(process.execPath, argv, { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error ? -1 : 0, stdout, stderr });
    });
  });
}

test("backup, verify and restore answer a person, a program, and by their exit", async () => {
  const file = join(folder, "backup.db");
  const taken = await kernel("backup", file, "--json");
  assert.equal(taken.code, 0, taken.stderr);
  assert.equal(JSON.parse(taken.stdout).branches[0].name, branch);
  assert.match((await kernel("verify", file)).stdout, /is whole/);
  const to = join(folder, "restored");
  assert.match((await kernel("restore", file, "--data", to)).stdout, /1 branches as of/);
  assert.match((await kernel("verify", folder, to)).stdout, /1 of 1 branches are the same/);
  const store = await openSqliteStore(join(to, "kernel.db"));
  await write(store, branch, [put("a", '{"n":2}')]);
  await store.close();
  assert.equal((await kernel("verify", folder, to)).code, 1);
  assert.equal((await kernel("verify", folder, to, "--ahead")).code, 0);
  const refused = await kernel("restore", file, "--data", to);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /is not empty; --force/);
});

test("a running kernel is asked for its branches: report, archive, end, restore, redact", async () => {
  const running = await startOnFreePorts();
  const at = ["--kernel", running.http];
  const name = "test/cli/try";
  const client = connectKernel({ address: running.grpc });
  try {
    await client.createBranch({ name, maxAgeMs: 1 });
    const body = { email: "ann@example.org" };
    await client.commit({
      branch: name,
      message: "as asked",
      writes: [{ put: { id: "a", type: "Note", body } }],
    });
    assert.match((await kernel("branches", "report", ...at)).stdout, /test\/cli\/try +1 +1 +27 +0 .*its own/);
    assert.match((await kernel("branches", "expire", "--dry-run", ...at)).stdout, /would go +test\/cli\/try/);
    const archived = await kernel("branches", "archive", name, "--json", ...at);
    assert.equal(archived.code, 0, archived.stderr);
    // It stays as long as the audit has not seen its commit.
    let ended: { expired: { kept?: string }[] };
    do ended = JSON.parse((await kernel("branches", "expire", "--json", ...at)).stdout);
    while (ended.expired[0]?.kept !== undefined);
    assert.equal(ended.expired.length, 1);
    assert.match((await kernel("branches", "expire", ...at)).stdout, /no branch/);
    const restored = await kernel("branches", "restore", JSON.parse(archived.stdout).file, ...at);
    assert.match(restored.stdout, /test\/cli\/try: head/, restored.stderr);
    assert.deepEqual((await client.get(name, "a"))?.body, body);
    const redact = ["redact", name, "--key", "k", "--reason", "asked", "--type", "Note", ...at];
    const redacted = await kernel(...redact, "--field", "/email", "--author", "dpo@kernel");
    assert.match(redacted.stdout, /masked 1 documents in 1 states, shown by test\/cli\/try/);
    assert.deepEqual((await client.get(name, "a"))?.body, { email: "[redacted]" });
    const refused = await kernel(...redact, "--field", "email");
    assert.deepEqual([refused.code, /JSON Pointer/.test(refused.stderr)], [2, true]);
  } finally {
    client.close();
    await running.stop();
  }
});

test("--help is an answer; an unknown command or option and a missing operand are not", async () => {
  const help = await kernel("--help");
  assert.equal(help.code, 0);
  assert.match(help.stdout, /kernel backup FILE/);
  assert.match((await kernel("backup", "--help")).stdout, /--data DIR .*DATA_DIR/);
  for (const [args, says] of [
    [["fly"], /kernel backup FILE/],
    [["backup"], /FILE\?/],
    [["backup", "x", "--fast"], /--fast/],
    [["verify", "/nowhere/at/all"], /no manifest/],
  ] as const) {
    const { code, stderr } = await kernel(...args);
    assert.equal(code, 2);
    assert.match(stderr, says);
  }
});
