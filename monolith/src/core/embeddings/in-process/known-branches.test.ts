import assert from "node:assert/strict";
import { test } from "node:test";
import { knownBranches } from "./known-branches.ts";

test("a branch is known for a minute, one that was deleted no longer, one that is new at once", async () => {
  let there = ["dev/oms/main"];
  let asked = 0;
  let now = 1_000_000;
  const kernel = {
    listBranches: async () => {
      asked += 1;
      return there.map((name) => ({ name, head: "", origin: "", originCommit: "", createdMs: 0 }));
    },
  };
  const requireBranch = knownBranches(kernel, "dev", () => now);
  await requireBranch("main");
  await requireBranch("main");
  assert.equal(asked, 1);
  there = ["dev/oms/draft"];
  await requireBranch("draft");
  await assert.rejects(requireBranch("main"), { code: "NOT_FOUND", message: /^branch main/ });
  there = [];
  await requireBranch("draft");
  now += 60_000;
  await assert.rejects(requireBranch("draft"), { code: "NOT_FOUND" });
});
