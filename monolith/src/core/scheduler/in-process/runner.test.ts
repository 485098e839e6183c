import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { executionOf, jobOf, quiet } from "@oms/jobs/documents.fixture.ts";
import { GrowingState } from "@oms/jobs/job-state.ts";
import { Runner } from "./runner.ts";

const LOOK_MS = 200;

test("what cannot be carried on is left alone until the next look", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const state = new GrowingState({ id: "Job/j", type: "Job", revision: "1", body: jobOf("j") });
  state.putExecution({
    id: "Execution/j/1000",
    type: "Execution",
    revision: "1",
    body: executionOf("j", 1000),
  });
  let tries = 0;
  const runner = new Runner({
    view: { busy: () => [state], get: () => state, refresh: async () => {}, onChange: () => () => {} },
    perform: async () => {
      tries += 1;
      throw new Error("the disk is full");
    },
    concurrency: 1,
    log: quiet,
    now: () => 10_000,
  });
  t.after(() => runner.stop());
  for (const expected of [1, 2]) {
    t.mock.timers.tick(LOOK_MS);
    for (let turns = 0; turns < 20; turns += 1) await turn();
    assert.equal(tries, expected);
  }
});
