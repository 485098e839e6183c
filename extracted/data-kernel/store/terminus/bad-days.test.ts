import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as pause, setImmediate } from "node:timers/promises";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import fc from "fast-check";
import { bodyOf, commitOf, idsOf, newBranch, put, refusal, write } from "../conformance/fixture.ts";
import type { Store } from "../port.ts";
import { openTerminusStore } from "../terminus.ts";
import { type Double, type Fault, startDouble } from "./double/server.ts";

const KINDS = ["hang", "cut", "error", "starting"] as const;
/** Long enough for an answer on a busy machine, short enough to wait for one that does not come. */
const TIMEOUT_MS = 2000;

let double: Double;
/** Two kernels on one database. */
let twins: readonly [Store, Store];
before(async () => {
  double = await startDouble();
  twins = [await open(double), await open(double)];
});
after(async () => {
  for (const store of twins) await store.close();
  await double.stop();
});
afterEach(() => {
  double.faultOf = () => undefined;
});

type Server = Pick<Double, "url" | "user" | "password">;

/** `meanwhile` happens before anything is tried again. */
function open({ url, user, password }: Server, meanwhile = async () => {}): Promise<Store> {
  const pause = async () => {
    await setImmediate();
    await meanwhile();
  };
  const patience = { random: Math.random, now: () => performance.now(), pause };
  const name = { organization: "oms", database: "days" };
  return openTerminusStore({ url, user, password, ...name, timeoutMs: TIMEOUT_MS, patience });
}

/** Spoils the next request that `concerns`, once. */
function spoilNext(fault: Fault, concerns: (method: string, path: string) => boolean): { done: boolean } {
  const told: { done: boolean } = { done: false };
  double.faultOf = (method, path) => {
    if (told.done || !concerns(method, path)) return undefined;
    told.done = true;
    return fault;
  };
  return told;
}

const isCommit = (_method: string, path: string) => path.includes("/woql/") && path.includes("/branch/b-");

async function keysOf(store: Store, branch: string): Promise<string[]> {
  const { commits } = await store.changes({ branch, after: "", at: "", limit: 1000 });
  return commits.map(({ commit }) => commit.key);
}

for (const kind of KINDS) {
  for (const applied of [true, false]) {
    test(`a commit that is met by ${kind}, ${applied ? "once done" : "not done"}, is one commit and acknowledged`, async () => {
      const [store] = twins;
      const branch = await newBranch(store);
      const first = await write(store, branch, [put("a", '{"n":1}')]);
      const spoilt = spoilNext({ kind, applied }, isCommit);
      const request = commitOf(branch, [put("a", '{"n":2}'), put("b", "{}")]);
      const committed = await store.commit(request);
      assert(spoilt.done);
      assert.deepEqual([committed.repeated, committed.at], [false, first]);
      assert.deepEqual((await keysOf(store, branch)).slice(1), [request.key]);
      assert.equal(await bodyOf(store, branch, "a"), '{"n":2}');
    });
  }
}

test("a read that is cut off is asked again and never short", async () => {
  const [store] = twins;
  const branch = await newBranch(store);
  await write(store, branch, [put("a", "{}"), put("b", "{}")]);
  for (const kind of KINDS) {
    const spoilt = spoilNext(
      { kind, applied: true },
      (method, path) => method === "POST" && /woql/.test(path),
    );
    await write(twins[1], branch, [put(kind, "{}")]);
    assert(spoilt.done);
    double.faultOf = () => undefined;
    assert((await idsOf(store, branch)).includes(kind));
  }
  assert.equal((await idsOf(store, branch)).length, 2 + KINDS.length);
});

test("a first try that comes late finds the head gone on, and does nothing", async () => {
  const [store, twin] = twins;
  const branch = await newBranch(store);
  const repository = double.databases.get("oms/days");
  assert(repository);
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  let tries = 0;
  repository.beforeCommit = async () => {
    tries += 1;
    if (tries === 1) await held;
  };
  const request = commitOf(branch, [put("a", "{}")]);
  const committed = await store.commit(request);
  await write(twin, branch, [put("b", "{}")], { key: "later" });
  const { promise: settled, resolve } = Promise.withResolvers<void>();
  repository.beforeCommit = async () => resolve();
  release();
  await setImmediate();
  await write(twin, branch, [put("c", "{}")], { key: "last" });
  await settled;
  repository.beforeCommit = async () => {};
  assert.equal(committed.repeated, false);
  assert.deepEqual(await keysOf(store, branch), [request.key, "later", "last"]);
});

test("a branch, a reset and a deletion that were not answered are done once", async () => {
  const [store] = twins;
  for (const kind of ["cut", "error"] as const) {
    const origin = await newBranch(store);
    const one = await write(store, origin, [put("a", "{}")]);
    await write(store, origin, [put("b", "{}")]);
    const name = `${origin}-${kind}`;
    const made = spoilNext({ kind, applied: true }, (_method, path) => path.includes("/branch/"));
    assert.equal((await store.createBranch({ name, origin, at: "", timeMs: 1 })).name, name);
    const gone = spoilNext({ kind, applied: true }, (method) => method === "DELETE");
    await store.deleteBranch({ name, head: "", token: "", nowMs: Date.now() });
    const back = spoilNext({ kind, applied: true }, (_method, path) => path.includes("/reset/"));
    const reset = await store.resetBranch({ name: origin, to: one, head: "", token: "", nowMs: Date.now() });
    assert.deepEqual([made.done, gone.done, back.done, reset.head], [true, true, true, one]);
    assert.deepEqual(await idsOf(store, origin), ["a"]);
    assert((await store.listBranches()).every((branch) => branch.name !== name));
  }
});

test("a reset that was not answered takes no commit along that somebody made after it", async () => {
  const [first, twin] = twins;
  const branch = await newBranch(first);
  const to = await write(first, branch, [put("a", "{}")], { key: "first" });
  await write(first, branch, [put("b", "{}")], { key: "dropped" });
  const acknowledged = ["first"];
  let tried = 0;
  const store = await open(double, async () => {
    tried += 1;
    const request = commitOf(branch, [put("c", "{}")], { key: `c${tried}`, timeMs: Date.now() });
    await twin.commit(request).then(
      () => acknowledged.push(request.key),
      () => {},
    );
  });
  const isReset = (_method: string, path: string) => path.includes("/reset/") && path.includes("/b-");
  spoilNext({ kind: "cut", applied: true }, isReset);
  await store.resetBranch({ name: branch, to, head: "", token: "", nowMs: Date.now() });
  await store.close();
  assert(tried > 0);
  assert.deepEqual(await keysOf(first, branch), acknowledged);
  await write(twin, branch, [put("c", "{}")], { timeMs: Date.now() });
});

test("a state whose write was not answered is known to be one's own", async () => {
  const [store] = twins;
  const name = "relay/cursor/a";
  assert(await store.writeState({ name, value: "1", version: 0 }));
  const version = (await store.readState(name))?.version ?? 0;
  const spoilt = spoilNext({ kind: "cut", applied: true }, (_method, path) => path.includes("/woql/"));
  assert(await store.writeState({ name, value: "2", version }));
  assert(spoilt.done);
  assert.equal((await store.readState(name))?.value, "2");
});

test("a state whose first write comes late, just before the second, is known to be one's own", async () => {
  const [store] = twins;
  const name = "relay/cursor/late";
  assert(await store.writeState({ name, value: "1", version: 0 }));
  const version = (await store.readState(name))?.version ?? 0;
  const repository = double.databases.get("oms/days");
  assert(repository);
  const before = repository.branches.get("states");
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  let tries = 0;
  repository.beforeCommit = async () => {
    tries += 1;
    if (tries === 1) return held;
    release();
    while (repository.branches.get("states") === before) await setImmediate();
  };
  assert(await store.writeState({ name, value: "2", version }));
  repository.beforeCommit = async () => {};
  assert(tries > 1);
  assert.equal((await store.readState(name))?.value, "2");
});

test("a commit whose caller has given up while others had their turn is not begun", async () => {
  const [store] = twins;
  const branch = await newBranch(store);
  const repository = double.databases.get("oms/days");
  assert(repository);
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  repository.beforeCommit = async () => {
    begin();
    await held;
  };
  const first = write(store, branch, [put("a", "{}")], { key: "first" });
  await begun;
  const context = newContext({ deadline: Date.now() + 20 });
  const late = runInContext(context, () => write(store, branch, [put("b", "{}")], { key: "late" }));
  const refused = refusal(late);
  while (Date.now() <= (context.deadline ?? 0)) await pause(5);
  repository.beforeCommit = async () => {};
  release();
  await first;
  assert.equal((await refused).code, "DEADLINE_EXCEEDED");
  assert.deepEqual(await keysOf(store, branch), ["first"]);
});

test("no acknowledged commit of two kernels is lost or doubled, and none is half, whatever fails on the way", async () => {
  const run = fc.record({ seed: fc.nat(), faults: fc.double({ min: 0, max: 0.3, noNaN: true }) });
  await fc.assert(
    fc.asyncProperty(run, async ({ seed, faults }) => {
      const branch = await newBranch(twins[0]);
      let state = seed;
      const random = () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state / 2 ** 32;
      };
      double.faultOf = () => {
        if (random() >= faults) return undefined;
        // A hang costs a whole timeout.
        const kind = random() < 0.05 ? "hang" : (KINDS[1 + Math.floor(random() * 3)] ?? "cut");
        return { kind, applied: random() < 0.5 };
      };
      const keys = Array.from({ length: 12 }, (_, n) => `k${n}`);
      const commits = keys.map((key, n) => commitUntilSure(twins[n % 2 === 0 ? 0 : 1], branch, key));
      await Promise.all(commits);
      double.faultOf = () => undefined;
      await requireWhole(branch, keys);
    }),
    { numRuns: process.env["LONG"] ? 100 : 6 },
  );
});

/** As a client does: again by its key until there is an answer. */
async function commitUntilSure(store: Store, branch: string, key: string): Promise<void> {
  const writes = [put(`own/${key}`, "{}"), put("shared", JSON.stringify({ key }))];
  const request = commitOf(branch, writes, { key });
  for (;;) {
    try {
      await store.commit(request);
      return;
    } catch (error) {
      assert(error instanceof ServiceError && error.code === "UNAVAILABLE", String(error));
      await pause(10);
    }
  }
}

async function requireWhole(branch: string, keys: readonly string[]): Promise<void> {
  const { commits } = await twins[0].changes({ branch, after: "", at: "", limit: 1000 });
  assert.deepEqual(new Set(commits.map(({ commit }) => commit.key)), new Set(keys));
  assert.equal(commits.length, keys.length);
  for (const { commit, changes } of commits) {
    assert.deepEqual(
      changes.map(({ document }) => document.id),
      [`own/${commit.key}`, "shared"],
    );
  }
  assert.equal(await bodyOf(twins[1], branch, "shared"), `{"key":"${commits.at(-1)?.commit.key}"}`);
  assert.equal((await idsOf(twins[1], branch)).length, keys.length + 1);
}

test("a server that is starting, refuses the kernel or is too old is UNAVAILABLE, and its reason is not the caller's", async () => {
  const starting = await startDouble();
  starting.faultOf = () => ({ kind: "starting", applied: false });
  const store = await open(starting);
  assert.equal((await refusal(store.check())).code, "UNAVAILABLE");
  starting.faultOf = () => undefined;
  const old = await startDouble({ version: "12.0.3" });
  const [refused, outdated] = [await open({ ...starting, password: "wrong" }), await open(old)];
  for (const each of [refused, outdated]) {
    assert.deepEqual(await refusal(each.check()), { code: "UNAVAILABLE", fields: [] });
  }
  for (const each of [store, refused, outdated]) await each.close();
  for (const each of [starting, old]) await each.stop();
});
