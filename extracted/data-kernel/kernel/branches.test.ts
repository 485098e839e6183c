import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { openChannel } from "@oms/chassis/grpc-channel.ts";
import { KernelServiceDefinition, Mode } from "@oms/protos/oms/kernel/v1/kernel.ts";
import { connectKernel, type Kernel, type Write } from "../client.ts";
import { overGrpc, overHttp, type Refusal } from "../fixtures/refusal.ts";
import { startOnFreePorts } from "../fixtures/running-kernel.ts";

let running: Awaited<ReturnType<typeof startOnFreePorts>>;
const open = () => openChannel(KernelServiceDefinition, { address: running.grpc });
let channel: ReturnType<typeof open>;
let kernel: Kernel;
let branches = 0;

before(async () => {
  running = await startOnFreePorts();
  channel = open();
  kernel = connectKernel({ address: running.grpc });
});
after(async () => {
  kernel.close();
  channel.close();
  await running.stop();
});

/** A branch with two commits. */
async function newBranch(): Promise<{ name: string; one: string; two: string }> {
  branches += 1;
  const name = `test/branches/b${branches}`;
  await kernel.createBranch({ name });
  return { name, one: await commit(name, put("a", 1)), two: await commit(name, put("a", 2), put("b", 1)) };
}

const put = (id: string, n: number): Write => ({ put: { id, type: "Note", body: { n } } });

async function commit(branch: string, ...writes: Write[]): Promise<string> {
  const { commit } = await kernel.commit({ branch, message: "as asked", writes });
  return commit?.id ?? assert.fail("nothing was committed");
}

const pathOf = (name: string) => `${running.http}/branches/${encodeURIComponent(name)}`;

describe("a diff", () => {
  test("has both sides of what is different, the same over gRPC and HTTP, page by page", async () => {
    const { name: branch, one, two } = await newBranch();
    const from = { branch, at: one };
    const first = await kernel.diff<{ n: number }>({ from, to: { branch }, pageSize: 1 });
    const doc = (id: string, n: number, revision: string) => ({ id, type: "Note", body: { n }, revision });
    const a = { id: "a", before: doc("a", 1, one), after: doc("a", 2, two) };
    const b = { id: "b", before: undefined, after: doc("b", 1, two) };
    assert.deepEqual([first.differences, first.from, first.to], [[a], one, two]);
    await commit(branch, { delete: "a" }, put("c", 1));
    const { nextPageToken = "" } = first;
    const rest = await kernel.diff({ from, to: { branch }, pageSize: 1, pageToken: nextPageToken });
    assert.deepEqual(rest, { differences: [b], from: one, to: two });
    const query = new URLSearchParams({
      "from.branch": branch,
      "from.at": one,
      "to.branch": branch,
      pageSize: "1",
      pageToken: nextPageToken,
    });
    const told = await fetch(`${running.http}/diff?${query}`);
    const after = { ...b.after, body: JSON.stringify(b.after.body) };
    assert.deepEqual(await told.json(), {
      differences: [{ id: "b", after }],
      from: one,
      to: two,
      nextPageToken: "",
    });
  });

  test("is part of what a call reads", async () => {
    const { name: branch, two } = await newBranch();
    const live = newContext();
    await runInContext(live, () => kernel.diff({ from: { branch, at: "beginning" }, to: { branch } }));
    assert.equal(live.reads.get(branch), two);
    await commit(branch, put("late", 1));
    const shadow = newContext({ shadow: true, reads: new Map(live.reads) });
    const watched = await runInContext(shadow, () =>
      kernel.diff({ from: { branch, at: "beginning" }, to: { branch } }),
    );
    assert.deepEqual([watched.to, watched.differences.map(({ id }) => id)], [two, ["a", "b"]]);
  });

  test("of what is not there, or with another diff's token, is refused by field", async () => {
    const { name: branch } = await newBranch();
    const { nextPageToken = "" } = await kernel.diff({
      from: { branch, at: "beginning" },
      to: { branch },
      pageSize: 1,
    });
    const bad: [change: { from?: object; to?: object; pageToken?: string }, code: string, field: string][] = [
      [{ from: { branch: "none", at: "" } }, "NOT_FOUND", "from.branch"],
      [{ to: { branch, at: "none" } }, "NOT_FOUND", "to.at"],
      [{ pageToken: nextPageToken }, "INVALID_ARGUMENT", "pageToken"],
      [{ pageToken: "x" }, "INVALID_ARGUMENT", "pageToken"],
    ];
    for (const [change, code, field] of bad) {
      const asked = { from: { branch, at: "" }, to: { branch, at: "" }, pageToken: "", ...change };
      const refused = await overGrpc(channel.client.diff(asked));
      assert.deepEqual([refused.code, refused.violations.map(({ field }) => field)], [code, [field]]);
      const query = Object.entries({ from: asked.from, to: asked.to }).flatMap(([side, moment]) =>
        Object.entries(moment).map(([name, value]) => [`${side}.${name}`, String(value)]),
      );
      const url = `${running.http}/diff?${new URLSearchParams([...query, ["pageToken", asked.pageToken]])}`;
      assert.deepEqual(await overHttp(url), refused);
    }
    const without = await overGrpc(channel.client.diff({}));
    assert.deepEqual(await overHttp(`${running.http}/diff`), without);
  });
});

test("a branch is reset and deleted, over gRPC as over HTTP", async () => {
  const [one, other] = [await newBranch(), await newBranch()];
  const reset = await kernel.resetBranch({ name: one.name, to: one.one, head: one.two });
  assert.equal(reset.head, one.one);
  assert.deepEqual((await kernel.get(one.name, "a"))?.body, { n: 1 });
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ to: "beginning", mode: "live" });
  const posted = await fetch(`${pathOf(other.name)}/reset`, { method: "POST", headers, body });
  assert.partialDeepStrictEqual(await posted.json(), { branch: { name: other.name, head: "" } });
  await kernel.deleteBranch({ name: one.name });
  const deleted = await fetch(`${pathOf(other.name)}?mode=live`, { method: "DELETE" });
  assert.equal(deleted.status, 204);
  const names = (await kernel.listBranches()).map(({ name }) => name);
  assert(!names.includes(one.name) && !names.includes(other.name));
  await assert.rejects(kernel.deleteBranch({ name: one.name }), { code: "NOT_FOUND" });
});

test("a rewrite in a shadow call is answered or refused, and not done", async () => {
  const { name, one, two } = await newBranch();
  const shadow = newContext({ shadow: true });
  const answer = await runInContext(shadow, () => kernel.resetBranch({ name, to: one }));
  assert.equal(answer.head, one);
  await runInContext(shadow, () => kernel.deleteBranch({ name }));
  const wrong = runInContext(shadow, () => kernel.deleteBranch({ name, head: one }));
  await assert.rejects(wrong, { code: "ABORTED" });
  assert.equal((await kernel.listBranches()).find((branch) => branch.name === name)?.head, two);
});

test("a rewrite that cannot be is refused by field, alike over gRPC and HTTP", async () => {
  const { name, one, two } = await newBranch();
  await kernel.createBranch({ name: `${name}-copy`, origin: name, at: two });
  const live = { mode: Mode.MODE_LIVE };
  const json = { mode: "live" };
  const cases: [grpc: () => Promise<unknown>, http: () => Promise<Refusal>, code: string, field: string][] = [
    [
      () => channel.client.resetBranch({ name, to: one }),
      () => overHttp(`${pathOf(name)}/reset`, { to: one }),
      "INVALID_ARGUMENT",
      "mode",
    ],
    [
      () => channel.client.resetBranch({ name, to: "", ...live }),
      () => overHttp(`${pathOf(name)}/reset`, { to: "", ...json }),
      "INVALID_ARGUMENT",
      "to",
    ],
    [
      () => channel.client.resetBranch({ name, to: "none", ...live }),
      () => overHttp(`${pathOf(name)}/reset`, { to: "none", ...json }),
      "NOT_FOUND",
      "to",
    ],
    [
      () => channel.client.resetBranch({ name, to: one, head: one, ...live }),
      () => overHttp(`${pathOf(name)}/reset`, { to: one, head: one, ...json }),
      "ABORTED",
      "head",
    ],
    [
      () => channel.client.resetBranch({ name, to: one, ...live }),
      () => overHttp(`${pathOf(name)}/reset`, { to: one, ...json }),
      "FAILED_PRECONDITION",
      "to",
    ],
    [
      () => channel.client.deleteBranch({ name, ...live }),
      () => overHttp(`${pathOf(name)}?mode=live`, undefined, "DELETE"),
      "FAILED_PRECONDITION",
      "name",
    ],
    [
      () => channel.client.deleteBranch({ name: "none", ...live }),
      () => overHttp(`${pathOf("none")}?mode=live`, undefined, "DELETE"),
      "NOT_FOUND",
      "name",
    ],
  ];
  for (const [grpc, http, code, field] of cases) {
    const refused = await overGrpc(grpc());
    assert.deepEqual([refused.code, refused.violations[0]?.field], [code, field]);
    assert.deepEqual(await http(), refused);
  }
});

test("who may not commit to a branch may neither make nor reset nor delete it", async () => {
  const name = "test/kernel/audit";
  const rewrites: (() => Promise<unknown>)[] = [
    () => kernel.createBranch({ name }),
    () => kernel.resetBranch({ name, to: "beginning" }),
    () => kernel.deleteBranch({ name }),
  ];
  for (const rewrite of rewrites) {
    const { code, violations } = await overGrpc(runInContext(newContext({ author: "mallory@oms" }), rewrite));
    assert.deepEqual([code, violations.map(({ field }) => field)], ["PERMISSION_DENIED", ["name"]]);
  }
});
