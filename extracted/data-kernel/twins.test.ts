import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { connectKernel } from "./client.ts";
import { startKernelProcess } from "./fixtures/kernel-process.ts";

const BRANCH = "test/twins/main";
/** More than what is on its way between a kernel and a reader that does not read. */
const COMMITS = 3;
const DOCUMENTS = 40;
const TEXT = "x".repeat(80_000);

function idsOf(commit: number): string[] {
  return Array.from({ length: DOCUMENTS }, (_, n) => `d${String(commit * DOCUMENTS + n).padStart(4, "0")}`);
}

test("a stream whose kernel is killed goes on at another one, and brings every document once", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "kernel-twins-"));
  const processes = await Promise.all([1, 2, 3].map(() => startKernelProcess(folder)));
  const kernel = connectKernel({ address: processes.map(({ address }) => address).join() });
  t.after(async () => {
    kernel.close();
    for (const { child } of processes) child.kill("SIGKILL");
    await rm(folder, { recursive: true });
  });
  await kernel.createBranch({ name: BRANCH });
  const all = Array.from({ length: COMMITS }, (_, n) => idsOf(n));
  for (const ids of all) {
    const writes = ids.map((id) => ({ put: { id, type: "Large", body: { text: TEXT } } }));
    await kernel.commit({ branch: BRANCH, message: "as asked", writes });
  }
  // They go round, so each kernel has one of them.
  const streams = processes.map(() =>
    kernel.stream({ branch: BRANCH, type: "Large" })[Symbol.asyncIterator](),
  );
  const seen = await Promise.all(streams.map(async (stream) => [(await stream.next()).value.id]));
  for (const { child } of processes.slice(1)) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  for (const [n, stream] of streams.entries()) {
    for (let next = await stream.next(); !next.done; next = await stream.next()) seen[n]?.push(next.value.id);
    assert.deepEqual(seen[n], all.flat());
  }
});
