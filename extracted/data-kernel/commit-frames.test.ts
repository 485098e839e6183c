import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { commitFrames } from "./commit-frames.ts";
import { newBranch, put } from "./store/conformance/fixture.ts";
import type { Store } from "./store/port.ts";
import { openSqliteStore } from "./store/sqlite.ts";

test("what became of a commit is answered, though its upload cannot be removed from a store that is busy", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "kernel-frames-"));
  const sqlite = await openSqliteStore(join(folder, "kernel.db"));
  t.after(async () => {
    await sqlite.close();
    await rm(folder, { recursive: true });
  });
  const branch = await newBranch(sqlite);
  const discard = () => Promise.reject(new ServiceError("UNAVAILABLE", "the store is busy"));
  const store: Store = { ...sqlite, stage: (mode) => ({ ...sqlite.stage(mode), discard }) };
  const terms = { branch, key: "k", mode: "live", message: "as asked" };
  const commit = async (writes: object[]) => {
    const frames = async function* () {
      yield { terms, writes, last: true };
    };
    let told = 0;
    for await (const { changes } of commitFrames(frames(), { store, now: Date.now })) told += changes.length;
    return told;
  };
  assert.equal(await commit([put("a", "{}")]), 1);
  await assert.rejects(commit([put("b", "{}")]), { code: "ALREADY_EXISTS" });
});
