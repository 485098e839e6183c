import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { bodyOf, idsOf, newBranch, put, refusal, write } from "../conformance/fixture.ts";
import type { Store } from "../port.ts";
import { openTerminusStore } from "../terminus.ts";
import { type Double, startDouble } from "./double/server.ts";
import { Exchange } from "./exchange.ts";
import { followOnce, type Place } from "./standby.ts";

const NAME = { organization: "oms", database: "truth" };
const PATIENCE = { random: () => 0.5, now: () => performance.now(), pause: () => setImmediate() };

let primary: Double;
let standby: Double;
let store: Store;
const places: Place[] = [];
before(async () => {
  primary = await startDouble();
  standby = await startDouble();
  store = await storeOn(primary);
  places.push(placeOf(primary), placeOf(standby));
});
after(async () => {
  await store.close();
  for (const { exchange } of places) exchange.close();
  await primary.stop();
  await standby.stop();
});

function storeOn({ url, user, password }: Double): Promise<Store> {
  return openTerminusStore({ url, user, password, ...NAME, timeoutMs: 10_000 });
}

function placeOf({ url, user, password }: Double): Place {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  return { url, authorization, exchange: new Exchange({ url, user, password, timeoutMs: 10_000 }) };
}

async function follow() {
  const [from, to] = places;
  assert(from && to);
  const round = await followOnce({ primary: from, standby: to, database: "oms/truth" }, PATIENCE);
  const { cloned, created, advanced, remade, removed } = round;
  return { cloned, done: [created, advanced, remade, removed].map((names) => names.length) };
}

test("a standby has what was committed before the last round, in the same commits, and can take over", async () => {
  const branch = await newBranch(store);
  const rewritten = await newBranch(store);
  const gone = await newBranch(store);
  const one = await write(store, branch, [put("a", '{"n":1}')]);
  const kept = await write(store, rewritten, [put("a", "{}")]);
  await write(store, rewritten, [put("b", "{}")]);
  assert.deepEqual(await follow(), { cloned: true, done: [5, 0, 0, 0] });
  assert.deepEqual(await follow(), { cloned: false, done: [0, 0, 0, 0] });
  await write(store, branch, [put("a", '{"n":2}')]);
  await store.resetBranch({ name: rewritten, to: kept, head: "", token: "", nowMs: 1 });
  await store.deleteBranch({ name: gone, head: "", token: "", nowMs: 1 });
  assert.deepEqual(await follow(), { cloned: false, done: [0, 1, 1, 1] });
  await write(store, branch, [put("a", '{"n":3}')]);
  const taken = await storeOn(standby);
  assert.equal(await bodyOf(taken, branch, "a"), '{"n":2}');
  assert.equal(await bodyOf(taken, branch, "a", one), '{"n":1}');
  assert.deepEqual(await idsOf(taken, rewritten), ["a"]);
  assert.equal((await refusal(taken.get({ branch: gone, id: "a", at: "" }))).code, "NOT_FOUND");
  await write(taken, branch, [put("b", "{}")]);
  await write(taken, await newBranch(taken), [put("a", "{}")]);
  await taken.close();
});
