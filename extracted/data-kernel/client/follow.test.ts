import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { connectKernel, followBranch, type Kernel } from "../client.ts";
import { startOnFreePorts } from "../fixtures/running-kernel.ts";

let running: Awaited<ReturnType<typeof startOnFreePorts>>;
let kernel: Kernel;
let pulls = 0;
/** Holds back what a pull has already read. */
let hold: Promise<void> | undefined;
let branch = "";
let branches = 0;

before(async () => {
  running = await startOnFreePorts();
  const connected = connectKernel({ address: running.grpc });
  kernel = {
    commit: (request) => connected.commit(request),
    get: (branch, id, at) => connected.get(branch, id, at),
    query: (request) => connected.query(request),
    stream: (request) => connected.stream(request),
    log: (request) => connected.log(request),
    history: (request) => connected.history(request),
    async changes(request) {
      pulls += 1;
      const page = await connected.changes(request);
      await hold;
      return page;
    },
    createBranch: (request) => connected.createBranch(request),
    listBranches: () => connected.listBranches(),
    diff: (request) => connected.diff(request),
    resetBranch: (request) => connected.resetBranch(request),
    deleteBranch: (request) => connected.deleteBranch(request),
    getSchema: (branch, type, at) => connected.getSchema(branch, type, at),
    updateSchema: (request) => connected.updateSchema(request),
    ready: () => connected.ready(),
    close: () => connected.close(),
  };
});
beforeEach(() => {
  branches += 1;
  branch = `test/follow/b${branches}`;
  pulls = 0;
});
after(async () => {
  kernel.close();
  await running.stop();
});

async function commit(id: string): Promise<{ id: string; sequence: number }> {
  const writes = [{ put: { id, type: "Note", body: {} } }];
  const { commit } = await kernel.commit({ branch, message: "as asked", writes });
  return commit ?? assert.fail("nothing was committed");
}

/** A projection that keeps the ids in the order they came. */
function projection(fail?: (id: string) => boolean) {
  const ids: string[] = [];
  const { refresh } = followBranch(kernel, branch, {
    apply(_commit, changes) {
      for (const { document } of changes) {
        if (fail?.(document.id)) throw new Error(`cannot apply ${document.id}`);
        ids.push(document.id);
      }
    },
    clear() {
      ids.length = 0;
    },
  });
  return { ids, refresh };
}

test("a branch that does not exist yet is nowhere, and is followed once it does", async () => {
  const { ids, refresh } = projection();
  assert.deepEqual(await refresh(), { head: "", sequence: 0 });
  await kernel.createBranch({ name: branch });
  assert.deepEqual(await refresh(), { head: "", sequence: 0 });
  const { id, sequence } = await commit("a");
  assert.deepEqual(await refresh(), { head: id, sequence });
  assert.deepEqual(ids, ["a"]);
});

test("every commit is applied once and in order, however many there are", async () => {
  await kernel.createBranch({ name: branch });
  const { ids, refresh } = projection();
  const expected: string[] = [];
  for (let n = 0; n < 30; n += 1) {
    expected.push(`d${n}`);
    await commit(`d${n}`);
    if (n % 7 === 0) await refresh();
  }
  await refresh();
  assert.deepEqual(ids, expected);
});

test("callers at the same time share pulls", async () => {
  await kernel.createBranch({ name: branch });
  const { ids, refresh } = projection();
  await commit("a");
  await Promise.all(Array.from({ length: 20 }, () => refresh()));
  assert.deepEqual(ids, ["a"]);
  assert.equal(pulls, 2, "one for the first caller, one for all who came while it was under way");
});

test("a caller sees what was committed before it asked, even while an older pull is under way", async () => {
  await kernel.createBranch({ name: branch });
  const { ids, refresh } = projection();
  const gate = Promise.withResolvers<void>();
  hold = gate.promise;
  const early = refresh();
  const { id } = await commit("mine");
  const late = refresh();
  hold = undefined;
  gate.resolve();
  await early;
  assert.equal((await late).head, id);
  assert.deepEqual(ids, ["mine"]);
});

test("a shadow caller may read up to the commit its live call read", async () => {
  await kernel.createBranch({ name: branch });
  const { ids, refresh } = projection();
  const live = newContext();
  const first = await commit("a");
  await runInContext(live, refresh);
  const second = await commit("b");
  const shadow = newContext({ shadow: true, reads: new Map(live.reads) });
  const { id: head, sequence } = first;
  assert.deepEqual(await runInContext(shadow, refresh), { head, sequence });
  assert.deepEqual(ids, ["a", "b"]);
  assert.deepEqual(await refresh(), { head: second.id, sequence: second.sequence });
});

test("a shadow caller whose live call found nothing may read nothing", async () => {
  const { refresh } = projection();
  const live = newContext();
  await runInContext(live, refresh);
  await kernel.createBranch({ name: branch });
  await commit("a");
  const shadow = newContext({ shadow: true, reads: new Map(live.reads) });
  assert.deepEqual(await runInContext(shadow, refresh), { head: "", sequence: 0 });
});

test("one caller's end is not the others': the pull has no deadline of theirs", async () => {
  await kernel.createBranch({ name: branch });
  await commit("a");
  const { ids, refresh } = projection();
  const expired = newContext({ deadline: Date.now() - 1 });
  await runInContext(expired, refresh);
  assert.deepEqual(ids, ["a"]);
});

test("a commit that could not be applied is tried again, and none is skipped", async () => {
  await kernel.createBranch({ name: branch });
  const broken = new Set(["b"]);
  const { ids, refresh } = projection((id) => broken.has(id));
  for (const id of ["a", "b", "c"]) await commit(id);
  await assert.rejects(refresh(), /cannot apply b/);
  assert.deepEqual(ids, ["a"]);
  broken.clear();
  await refresh();
  assert.deepEqual(ids, ["a", "b", "c"]);
});

test("after a reset the projection is that of the commits that are left", async () => {
  await kernel.createBranch({ name: branch });
  const { ids, refresh } = projection();
  const first = await commit("a");
  await commit("b");
  await refresh();
  await kernel.resetBranch({ name: branch, to: first.id });
  await commit("c");
  await refresh();
  assert.deepEqual(ids, ["a", "c"]);
  await kernel.resetBranch({ name: branch, to: "beginning" });
  assert.deepEqual(await refresh(), { head: "", sequence: 0 });
  assert.deepEqual(ids, []);
});

test("a reset to what has not been applied yet changes nothing for the projection", async () => {
  await kernel.createBranch({ name: branch });
  const { ids, refresh } = projection();
  await commit("a");
  await refresh();
  const { id } = await commit("b");
  await commit("c");
  await kernel.resetBranch({ name: branch, to: id });
  pulls = 0;
  await refresh();
  assert.deepEqual([ids, pulls], [["a", "b"], 1]);
});

test("of a branch that was deleted nothing is left, and of one made again under its name all is seen", async () => {
  await kernel.createBranch({ name: branch });
  const { ids, refresh } = projection();
  await commit("a");
  await refresh();
  await kernel.deleteBranch({ name: branch });
  assert.deepEqual(await refresh(), { head: "", sequence: 0 });
  assert.deepEqual(ids, []);
  await kernel.createBranch({ name: branch });
  await commit("b");
  await refresh();
  await kernel.deleteBranch({ name: branch });
  await kernel.createBranch({ name: branch });
  const { id, sequence } = await commit("c");
  assert.deepEqual(await refresh(), { head: id, sequence });
  assert.deepEqual(ids, ["c"]);
});

test("a shadow caller whose commit is gone is told so", async () => {
  await kernel.createBranch({ name: branch });
  const { refresh } = projection();
  await commit("a");
  const live = newContext();
  await runInContext(live, refresh);
  await kernel.resetBranch({ name: branch, to: "beginning" });
  const shadow = newContext({ shadow: true, reads: new Map(live.reads) });
  await assert.rejects(runInContext(shadow, refresh), { code: "NOT_FOUND" });
});
