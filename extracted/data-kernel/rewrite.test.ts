import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { REWRITES, type RewriteSettings, Rewrites } from "./rewrite.ts";
import { commitOf, idsOf, newBranch, put, refusal, write } from "./store/conformance/fixture.ts";
import type { Store } from "./store/port.ts";
import { openSqliteStore } from "./store/sqlite.ts";

let folder: string;
let store: Store;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kernel-rewrite-"));
  store = await openSqliteStore(join(folder, "kernel.db"));
});
after(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const SETTINGS: RewriteSettings = { ...REWRITES, now: () => 1000 };
const following = (...followers: string[]) =>
  new Rewrites(store, { ...SETTINGS, followers: () => followers, settleMs: 60_000 });

type Followed = { readonly name: string; readonly one: string; readonly two: string };

async function newFollowed(): Promise<Followed> {
  const name = await newBranch(store);
  return {
    name,
    one: await write(store, name, [put("a", "{}")]),
    two: await write(store, name, [put("b", "{}")]),
  };
}

const cursorOf = (follower: string, { name }: Followed) => `relay/cursor/${follower}/${name}`;

async function moveTo(commit: string, cursor: string): Promise<void> {
  const version = (await store.readState(cursor))?.version ?? 0;
  const value = JSON.stringify({ commit, sequence: 1, owner: "relay" });
  assert(await store.writeState({ name: cursor, value, version }));
}

async function cursorAt(cursor: string): Promise<unknown> {
  const found = await store.readState(cursor);
  return found && JSON.parse(found.value);
}

/** Resolves when somebody holds the branch. */
async function frozen({ name }: Followed): Promise<void> {
  for (;;) {
    const asking = store.evaluateDeletion({ name, head: "", token: "", nowMs: 1000 });
    if (await asking.then(() => false, isUnavailable)) return;
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof ServiceError && error.code === "UNAVAILABLE";
}

test("a rewrite waits, its branch frozen, until every follower is at the head, and moves their cursors", async () => {
  const branch = await newFollowed();
  const [events, audit] = [cursorOf("events", branch), cursorOf("audit", branch)];
  await moveTo(branch.two, events);
  await moveTo(branch.one, audit);
  const { name, one, two } = branch;
  let done = false;
  const reset = following("events", "audit")
    .reset({ name, to: one, head: two })
    .finally(() => {
      done = true;
    });
  await frozen(branch);
  const late = store.commit(commitOf(name, [put("c", "{}")]));
  assert.deepEqual(await refusal(late), { code: "UNAVAILABLE", fields: ["branch"] });
  assert.equal(done, false);
  await moveTo(two, audit);
  assert.equal((await reset).head, one);
  const { commits } = await store.log({ branch: name, at: one, beforeSequence: 1e9, limit: 1 });
  const moved = { commit: one, sequence: commits[0]?.sequence };
  assert.deepEqual([await cursorAt(events), await cursorAt(audit)], [moved, moved]);
  await write(store, name, [put("c", "{}")]);
  assert.deepEqual(await idsOf(store, name), ["a", "c"]);
  assert.deepEqual(await store.listStates(`rewrite/${name}`), []);
});

test("a follower that has not begun is where the branch began", async () => {
  const origin = await newFollowed();
  const name = `${origin.name}-copy`;
  await store.createBranch({ name, origin: origin.name, at: "", timeMs: 1000 });
  await following("events").delete({ name, head: "" });
  assert((await store.listBranches()).every((branch) => branch.name !== name));
  const impatient = new Rewrites(store, { ...SETTINGS, followers: () => ["events"], settleMs: 0 });
  const refused = await refusal(impatient.delete({ name: origin.name, head: "" }));
  assert.deepEqual(refused, { code: "UNAVAILABLE", fields: ["name"] });
});

test("a rewrite whose followers do not come is refused, and the branch as before", async () => {
  const branch = await newFollowed();
  await moveTo(branch.one, cursorOf("events", branch));
  const impatient = new Rewrites(store, { ...SETTINGS, followers: () => ["events"], settleMs: 0 });
  const refused = await refusal(impatient.reset({ name: branch.name, to: branch.one, head: "" }));
  assert.deepEqual(refused, { code: "UNAVAILABLE", fields: ["name"] });
  await write(store, branch.name, [put("c", "{}")]);
  assert.deepEqual(await idsOf(store, branch.name), ["a", "b", "c"]);
});

test("a deleted branch leaves no cursor, of others it leaves all", async () => {
  const [branch, other] = [await newFollowed(), await newFollowed()];
  for (const each of [branch, other]) await moveTo(each.two, cursorOf("events", each));
  await following("events").delete({ name: branch.name, head: "" });
  assert.equal(await cursorAt(cursorOf("events", branch)), undefined);
  assert.partialDeepStrictEqual(await cursorAt(cursorOf("events", other)), { commit: other.two });
});

test("a reset that is done, and one that cannot be, do not freeze the branch", async () => {
  const { name, two, one } = await newFollowed();
  const waiting = following("nobody");
  assert.equal((await waiting.reset({ name, to: two, head: one })).head, two);
  await store.createBranch({ name: `${name}-copy`, origin: name, at: "", timeMs: 1000 });
  for (const call of [waiting.reset({ name, to: one, head: "" }), waiting.delete({ name, head: "" })])
    assert.equal((await refusal(call)).code, "FAILED_PRECONDITION");
});

test("of rewrites at the same time none undoes another", async () => {
  const branch = await newFollowed();
  const { name, one, two } = branch;
  const rewrites = new Rewrites(store, SETTINGS);
  const outcomes = await Promise.all([
    rewrites.reset({ name, to: one, head: two }).then(({ head }) => head, String),
    rewrites.delete({ name, head: two }).then(() => "deleted", String),
    rewrites.reset({ name, to: "beginning", head: two }).then(() => "emptied", String),
  ]);
  const done = outcomes.filter((outcome) => [one, "deleted", "emptied"].includes(outcome));
  assert.equal(done.length, 1, outcomes.join("; "));
});
