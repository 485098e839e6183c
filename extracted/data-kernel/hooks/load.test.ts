import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { connectKernel, type Kernel } from "../client.ts";
import { overGrpc } from "../fixtures/refusal.ts";
import { startOnFreePorts } from "../fixtures/running-kernel.ts";
import { DEFAULT_POLICY } from "./policy.ts";
import { readHookSettings } from "./settings.ts";

const BRANCH = "test/hooks/main";
const POLICY = {
  branches: [{ branches: ["*/private/*"], services: ["vault"] }],
  owners: [{ types: ["Job"], ids: ["jobs/*"], services: ["scheduler"] }],
  pii: [
    {
      name: "a phone number",
      pattern: "\\d{3}-\\d{4}",
      messages: true,
      types: ["Person"],
      fields: ["/phones/*"],
    },
  ],
};
const HOOK = `
  export const hook = {
    name: "words",
    inspectChange({ id, value }, { author }) {
      if (value?.word === "throw") throw new Error("a secret of the hook");
      if (value?.word === "promise") return Promise.resolve([]);
      return value?.word === "bad" ? [{ field: id, message: "is not for " + author }] : [];
    },
  };
`;

let folder: string;
let running: Awaited<ReturnType<typeof startOnFreePorts>>;
let kernel: Kernel;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kernel-hooks-"));
  await writeFile(path("policy.json"), JSON.stringify(POLICY));
  await writeFile(path("hook.mjs"), HOOK);
  running = await startOnFreePorts({ KERNEL_POLICY: path("policy.json"), KERNEL_HOOKS: path("hook.mjs") });
  kernel = connectKernel({ address: running.grpc });
  await kernel.createBranch({ name: BRANCH });
  const vault = newContext({ author: "vault@vault" });
  await runInContext(vault, () => kernel.createBranch({ name: "test/private/main" }));
});
after(async () => {
  kernel.close();
  await running.stop();
  await rm(folder, { recursive: true });
});

const path = (name: string) => join(folder, name);

type Doc = { readonly id?: string; readonly type?: string; readonly body?: object };
const commit = (docs: readonly Doc[], more: { message?: string; branch?: string } = {}) =>
  kernel.commit({
    branch: BRANCH,
    message: "as asked",
    writes: docs.map((doc) => ({ put: { id: "a", type: "Note", body: {}, ...doc } })),
    ...more,
  });

/** What a commit is refused with, as `CODE field message, field message`. */
async function refusal(...asked: Parameters<typeof commit>): Promise<string> {
  const { code, violations } = await overGrpc(commit(...asked));
  return [code, violations.map(({ field, message }) => `${field} ${message}`).join(", ")].join(" ").trim();
}

describe("a policy", () => {
  test("says which service may write a branch, a type, an id", async () => {
    assert.equal(
      await refusal([{}], { branch: "test/private/main" }),
      "FAILED_PRECONDITION branch is not for oms to write",
    );
    assert.equal(
      await refusal([{ type: "Job" }, { id: "jobs/1" }, { id: "b" }]),
      "FAILED_PRECONDITION writes[0].put is not for oms to write, writes[1].put is not for oms to write",
    );
  });

  test("leaves the kernel's own branches to the kernel, whatever it names", async () => {
    const refused = await overGrpc(kernel.createBranch({ name: "test/kernel/mine" }));
    assert.deepEqual(refused.violations, [{ field: "name", message: "is not for oms to write" }]);
  });

  test("judges a caller that is known by its own service, not by the author it speaks for", async () => {
    const token = "a token that only the vault has";
    const known = JSON.stringify([{ service: "vault", token, speaksFor: ["oms"] }]);
    const policy = { KERNEL_POLICY: path("policy.json"), KERNEL_CALLERS: known };
    const guarded = await startOnFreePorts(policy);
    const vault = connectKernel({ address: guarded.grpc, token });
    for (const name of [BRANCH, "test/private/main"]) await vault.createBranch({ name });
    const writes = [{ put: { id: "a", type: "Job", body: {} } }];
    await vault.commit({ branch: "test/private/main", message: "as asked", writes: [{ delete: "a" }] });
    const refused = await overGrpc(vault.commit({ branch: BRANCH, message: "as asked", writes }));
    assert.deepEqual(refused.violations, [{ field: "writes[0].put", message: "is not for vault to write" }]);
    vault.close();
    await guarded.stop();
  });

  test("finds personal data in messages and in the fields it names, and never repeats it", async () => {
    const person = (id: string, body: object) => ({ id, type: "Person", body });
    const found = await refusal(
      [
        person("p", { phones: ["none", "555-1234"], note: "555-1234" }),
        { id: "n", body: { phones: ["555-1234"] } },
      ],
      { message: "call 555-1234" },
    );
    assert.equal(
      found,
      "FAILED_PRECONDITION message must not hold a phone number, writes[0].put.body/phones/1 must not hold a phone number",
    );
    await commit([person("p", { phones: ["none"], note: "555-1234" })]);
  });
});

describe("a hook of a module", () => {
  test("refuses with its findings, beside the kernel's own", async () => {
    assert.equal(
      await refusal([{ body: { word: "bad" } }]),
      "FAILED_PRECONDITION a is not for anonymous@oms",
    );
    await commit([{ body: { word: "good" } }]);
  });

  test("that throws, or answers with anything but findings, refuses as internal and says nothing of itself", async () => {
    const before = await kernel.log({ branch: BRANCH });
    const neighbours = [commit([{ id: "good-1" }]), commit([{ id: "good-2" }])];
    for (const word of ["throw", "promise"]) assert.equal(await refusal([{ body: { word } }]), "INTERNAL");
    await Promise.all(neighbours);
    assert.equal((await kernel.log({ branch: BRANCH })).commits.length, before.commits.length + 2);
  });

  test("that is none, or a policy that is none, keeps the kernel from starting", async () => {
    await writeFile(path("none.mjs"), "export const other = 1;");
    await writeFile(path("none.json"), '{"pii":[{"name":"x","pattern":"("}],"more":1}');
    await assert.rejects(startOnFreePorts({ KERNEL_HOOKS: path("none.mjs") }), /none\.mjs must export hook/);
    await assert.rejects(
      startOnFreePorts({ KERNEL_POLICY: path("none.json") }),
      /none\.json cannot be used: pii\[0\]/,
    );
  });
});

test("a policy may leave hooks out", async () => {
  await writeFile(path("off.json"), '{"hooks":[]}');
  const { policy } = await readHookSettings({ policy: path("off.json"), modules: [] });
  const { passedOver } = DEFAULT_POLICY;
  assert.deepEqual(policy, {
    hooks: [],
    branches: [],
    owners: [],
    pii: [],
    jobs: ["*/scheduler/main"],
    passedOver,
  });
});
