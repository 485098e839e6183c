import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Branch } from "../store/port.ts";
import { dueOf } from "./expire.ts";
import { expiryOf, type Policy, readPolicy } from "./policy.ts";

const DAY = 24 * 60 * 60_000;
const RULES = {
  rules: [
    { branches: "dev/oms/main", maxAge: "never" },
    { branches: "dev/*/try-*", maxAge: "2d" },
    { branches: "dev/oms/**", maxAge: "12h" },
  ],
};

let folder: string;
let policy: Policy;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kernel-policy-"));
  policy = await policyOf(RULES);
});
after(() => rm(folder, { recursive: true }));

async function policyOf(rules: object): Promise<Policy> {
  const file = join(folder, "policy.json");
  await writeFile(file, JSON.stringify(rules));
  return readPolicy(file);
}

function branch(name: string, more: Partial<Branch> = {}): Branch {
  return { name, head: "h", origin: "", originCommit: "", createdMs: 1000, ...more };
}

test("the first rule that fits a branch's name says how old it may become", () => {
  const table: readonly [name: string, expiresMs: number | undefined, by: string | undefined][] = [
    ["dev/oms/main", undefined, undefined],
    ["dev/scheduler/try-1", 1000 + 2 * DAY, "dev/*/try-*"],
    ["dev/oms/try-1", 1000 + 2 * DAY, "dev/*/try-*"],
    ["dev/oms/other", 1000 + DAY / 2, "dev/oms/**"],
    ["prod/oms/try-1", undefined, undefined],
  ];
  for (const [name, expiresMs, by] of table)
    assert.deepEqual(expiryOf(branch(name), undefined, policy), { expiresMs, by });
});

test("what was said of the branch alone goes before the rules, also that its age counts from later", () => {
  const own = expiryOf(branch("dev/oms/main"), { maxAgeMs: 5, fromMs: 1000 }, policy);
  assert.deepEqual(own, { expiresMs: 1005, by: "its own" });
  const restored = expiryOf(branch("dev/oms/try-1"), { fromMs: 9000 }, policy);
  assert.deepEqual(restored, { expiresMs: 9000 + 2 * DAY, by: "dev/*/try-*" });
});

test("the kernel's own branches have no age, whatever the rules say", async () => {
  const all = await policyOf({ rules: [{ branches: "**", maxAge: "1s" }] });
  assert.equal(expiryOf(branch("dev/kernel/audit"), undefined, all).expiresMs, undefined);
  assert.equal(expiryOf(branch("dev/oms/main"), undefined, all).expiresMs, 2000);
});

test("a policy that is none is refused by what is wrong with it", async () => {
  const wrong = { rules: [{ branches: "x", maxAge: "30 days" }] };
  await assert.rejects(policyOf(wrong), /rules\.0\.maxAge/);
  await assert.rejects(policyOf({ rules: [], keep: 1 }), /no branch policy/);
  await assert.rejects(readPolicy(join(folder, "none.json")), { code: "ENOENT" });
  assert.deepEqual(await readPolicy(undefined), { rules: [] });
});

test("branches past their age go children first, and one that others start from is kept", () => {
  const branches = [
    branch("dev/oms/a"),
    branch("dev/oms/b", { origin: "dev/oms/a" }),
    branch("dev/oms/c", { origin: "dev/oms/b" }),
    branch("dev/oms/kept"),
    branch("dev/oms/keeping", { origin: "dev/oms/kept", createdMs: 10 * DAY }),
    branch("dev/oms/young", { createdMs: 10 * DAY }),
  ];
  const due = dueOf(branches, new Map(), { policy, nowMs: 10 * DAY });
  assert.deepEqual(
    due.map(({ branch, kept }) => [branch.name, kept]),
    [
      ["dev/oms/c", undefined],
      ["dev/oms/b", undefined],
      ["dev/oms/a", undefined],
      ["dev/oms/kept", "dev/oms/keeping started from it"],
    ],
  );
});
