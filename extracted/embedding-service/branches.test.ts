import assert from "node:assert/strict";
import { test } from "node:test";
import { Branches } from "./branches.ts";

test("a branch is known for a minute, one that was deleted no longer, one that is new at once", async () => {
  let there = ["dev/oms/main"];
  let asked = 0;
  let now = 1_000_000;
  const branchOf = (name: string) => ({ name, head: "", origin: "", originCommit: "", createdMs: 0 });
  const kernel = {
    listBranches: async () => {
      asked += 1;
      return there.map(branchOf);
    },
    createBranch: async ({ name }: { name: string }) => {
      there.push(name);
      return branchOf(name);
    },
  };
  const branches = new Branches(kernel, "dev", () => now);
  await branches.requireOntology("main");
  await branches.requireOntology("main");
  assert.equal(asked, 1);
  there = ["dev/oms/draft"];
  await branches.requireOntology("draft");
  await assert.rejects(branches.requireOntology("main"), { code: "NOT_FOUND", message: /^branch main/ });
  await branches.prepare();
  await branches.requireOntology("draft");
  there = [];
  await branches.requireOntology("draft");
  now += 60_000;
  await assert.rejects(branches.requireOntology("draft"), { code: "NOT_FOUND" });
  await branches.prepare();
  assert.deepEqual(there, [branches.embedding]);
});
