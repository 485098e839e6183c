import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Store } from "../port.ts";
import { openSqliteStore } from "../sqlite.ts";
import { endStoppedWriter } from "./stopped-writer.ts";

const BRANCH = "test/stopped/main";
const HOLD = `
  const { DatabaseSync } = require("node:sqlite");
  const connection = new DatabaseSync(process.argv[1]);
  connection.exec("BEGIN IMMEDIATE; DELETE FROM branches");
  console.log("holding");
  process.stdin.once("data", () => connection.exec("ROLLBACK"));
`;

/** A store, and a process of its own that is in the middle of writing to it. */
async function held(t: TestContext): Promise<{ file: string; store: Store; holder: ChildProcess }> {
  const folder = await mkdtemp(join(tmpdir(), "kernel-stopped-"));
  const file = join(folder, "kernel.db");
  const store = await openSqliteStore(file);
  await store.createBranch({ name: BRANCH, origin: "", at: "", timeMs: 0 });
  const holder = spawn(process.execPath, ["--no-warnings", "-e", HOLD, file], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  t.after(async () => {
    holder.kill("SIGKILL");
    await store.close();
    await rm(folder, { recursive: true });
  });
  await once(holder.stdout, "data");
  return { file, store, holder };
}

test("a writer that was stopped in the middle of a write is ended, and what it had begun is undone", async (t) => {
  const { store, holder } = await held(t);
  const gone = once(holder, "exit");
  holder.kill("SIGSTOP");
  await store.createBranch({ name: `${BRANCH}/2`, origin: "", at: "", timeMs: 0 });
  assert.deepEqual(await gone, [null, "SIGKILL"]);
  assert.deepEqual(
    (await store.listBranches()).map(({ name }) => name),
    [BRANCH, `${BRANCH}/2`],
  );
});

test("a writer that runs is left to finish", async (t) => {
  const { file, holder } = await held(t);
  const gone = once(holder, "exit");
  endStoppedWriter(file);
  holder.stdin?.end("let go");
  assert.deepEqual(await gone, [0, null]);
});
