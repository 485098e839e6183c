import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { Rewrites } from "../rewrite.ts";
import { bodyOf, commitOf, newBranch, put, write } from "../store/conformance/fixture.ts";
import type { Store } from "../store/port.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import { Governance } from "./governance.ts";
import { keepLifetime } from "./lifetime.ts";

const folders: string[] = [];
const stores: Store[] = [];
let folder: string;
let store: Store;
let now: number;
let governance: Governance;
let rewrites: Rewrites;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kernel-governance-"));
  folders.push(folder);
  store = await openSqliteStore(join(folder, "kernel.db"));
  stores.push(store);
  now = 2000;
  rewrites = new Rewrites(store, {
    followers: () => ["events"],
    now: () => now,
    freezeMs: 60_000,
    settleMs: 50,
  });
  governance = governing("one");
});
after(async () => {
  await Promise.all(stores.map((each) => each.close()));
  await Promise.all(folders.map((each) => rm(each, { recursive: true })));
});

function governing(holder: string, over: Store = store): Governance {
  const policy = { rules: [{ branches: "test/store/*-try", maxAge: 1000 }] };
  const archives = join(folder, "archive");
  return new Governance({ store: over, rewrites, policy, folder: archives, holder, now: () => now });
}

/** A branch with commits of its own, one of them of parts, made at 1000. */
async function branchWithCommits(): Promise<{ origin: string; base: string; name: string; head: string }> {
  const origin = await newBranch(store);
  const base = await write(store, origin, [put("a", '{"n":1}'), put("gone", "{}")]);
  const name = `${origin}-try`;
  await store.createBranch({ name, origin, at: "", timeMs: 1000 });
  await write(store, name, [put("a", '{"größe":12345678901234567890}'), { delete: "gone" }], { key: "k1" });
  const large = Array.from({ length: 3 }, (_, n) =>
    put(`large-${n}`, JSON.stringify({ text: "x".repeat(2_000_000) })),
  );
  await write(store, name, large);
  const head = await write(store, name, [put("b", "{}", "Other"), { delete: "large-1" }], { key: "k2" });
  await seen(name, head);
  return { origin, base, name, head };
}

/** What the sink that follows would have said. */
async function seen(name: string, commit: string): Promise<void> {
  await rewrites.seen(name, { commit, sequence: 1 });
}

async function stateOf(branch: string) {
  const commits = [];
  let after = "";
  let skip = 0;
  for (;;) {
    const page = await store.changes({ branch, after, skip, at: "", limit: 1000 });
    for (const { commit, changes } of page.commits) {
      const { sequence: _, ...rest } = commit;
      commits.push({ commit: rest, changes });
      if (!page.more) after = commit.id;
      skip = page.more ? skip + changes.length : 0;
    }
    if (page.commits.length === 0 || after === page.head) return commits;
  }
}

const names = async (): Promise<string[]> => (await store.listBranches()).map(({ name }) => name);

test("a branch past its age is archived, then deleted, and restored as it was", async () => {
  const { origin, name, head } = await branchWithCommits();
  const before = await stateOf(name);
  const looked = await governance.expire({ mode: "shadow" });
  assert.deepEqual(looked, [
    { branch: name, expiresMs: 2000, by: "test/store/*-try", archive: undefined, kept: undefined },
  ]);
  assert(!existsSync(join(folder, "archive")));
  const [expired] = await governance.expire({ mode: "live" });
  const archive = expired?.archive ?? assert.fail("it was not archived");
  assert.deepEqual(await names(), [origin]);
  assert.equal(await store.readState(`relay/cursor/events/${name}`), undefined);

  const restored = await governance.restore(archive);
  assert.deepEqual([restored.name, restored.head, restored.createdMs], [name, head, 1000]);
  assert.deepEqual(await names(), [origin, name]);
  assert.deepEqual(await stateOf(name), before);
  const cursor = await store.readState(`relay/cursor/events/${name}`);
  assert.equal(JSON.parse(cursor?.value ?? "").commit, head, "its commits are no news");
  const again = await store.commit(commitOf(name, [put("b", "{}")], { key: "k2" }));
  assert.equal(again.repeated, true);
  assert.deepEqual(await governance.expire({ mode: "live" }), [], "its age counts from now");
  now += 1000;
  assert.equal((await governance.expire({ mode: "shadow" }))[0]?.branch, name);
});

test("a branch that went on while it was archived stays, with what was committed", async () => {
  const { name } = await branchWithCommits();
  const racing: Store = {
    ...store,
    async exportCommits(request) {
      const page = await store.exportCommits(request);
      await store.commit(commitOf(name, [put("late", "{}")], { key: "late" }));
      return page;
    },
  };
  const [expired] = await governing("one", racing).expire({ mode: "live" });
  assert.match(expired?.kept ?? "", /^head/);
  assert.equal(await bodyOf(store, name, "late"), "{}");
});

test("a branch whose commits a follower has not seen stays", async () => {
  const { name, base } = await branchWithCommits();
  await seen(name, base);
  const [expired] = await governance.expire({ mode: "live" });
  assert.match(expired?.kept ?? "", /events has not seen/);
  assert((await names()).includes(name));
});

test("while one kernel looks after branches the other does not", async () => {
  const { name } = await branchWithCommits();
  const origin = await newBranch(store);
  await keepLifetime(store, { name: origin, createdMs: 1000 }, { maxAgeMs: 1, fromMs: 1000 });
  const racing: Store = {
    ...store,
    async exportCommits(request) {
      assert.deepEqual(await governing("two").expireNow(), []);
      return store.exportCommits(request);
    },
  };
  const expired = await governing("one", racing).expireNow();
  assert.deepEqual(new Set(expired.map(({ branch }) => branch)), new Set([name, origin]));
});

test("an age said when a branch was made is of that branch, not of a later one of its name", async () => {
  const name = await newBranch(store);
  await keepLifetime(store, { name, createdMs: 1000 }, { maxAgeMs: 10, fromMs: 1000 });
  assert.equal((await governance.report())[0]?.expiresMs, 1010);
  await store.deleteBranch({ name, head: "", token: "", nowMs: now });
  await store.createBranch({ name, origin: "", at: "", timeMs: 1500 });
  assert.equal((await governance.report())[0]?.expiresMs, undefined);
});

test("a restore goes on where a crash left it, and never shows a part", async () => {
  const { origin, name, head } = await branchWithCommits();
  const before = await stateOf(name);
  const { file } = await governance.archive({ branch: name });
  await rewrites.delete({ name, head });
  const dying: Store = {
    ...store,
    async importCommits(request) {
      await store.importCommits({ ...request, commits: request.commits.slice(0, 1) });
      throw new Error("killed");
    },
  };
  await assert.rejects(governing("one", dying).restore(file), /killed/);
  assert(!(await names()).includes(name));
  await governance.restore(file);
  assert.deepEqual(await names(), [origin, name]);
  assert.deepEqual(await stateOf(name), before);
});

test("an archive that is cut or changed is refused, and so is one whose branch is there", async () => {
  const { name, head } = await branchWithCommits();
  const { file } = await governance.archive({ branch: name });
  await assert.rejects(governance.restore(file), { code: "ALREADY_EXISTS" });
  await rewrites.delete({ name, head });
  const whole = await readFile(file);
  const cut = join(folder, "cut.ndjson.gz");
  await writeFile(cut, whole.subarray(0, whole.length - 100));
  const notWhole = {
    code: "INVALID_ARGUMENT",
    violations: [{ field: "archive", message: "must be whole, as it was written" }],
  };
  await assert.rejects(governance.restore(cut), notWhole);
  const text = (await promisify(gunzip)(whole)).toString();
  for (const changed of [
    text.replace("12345678901234567890", "12345678901234567891"),
    text.split("\n").toSpliced(2, 1).join("\n"),
    text.split("\n").slice(0, -2).join("\n"),
  ]) {
    const bad = join(folder, "bad.ndjson.gz");
    await writeFile(bad, await promisify(gzip)(changed));
    await assert.rejects(governance.restore(bad), notWhole);
  }
  assert(!(await names()).includes(name));
  assert.deepEqual(await readdir(join(folder, "archive")), [file.split("/").at(-1)]);
});

test("a report says what every branch costs, shares and awaits", async () => {
  const { origin, name } = await branchWithCommits();
  const [first, second] = await governance.report();
  assert.partialDeepStrictEqual(first, { name: origin, expiresMs: undefined, startedFrom: [name] });
  assert.partialDeepStrictEqual(second, {
    name,
    ageMs: 1000,
    expiresMs: 2000,
    by: "test/store/*-try",
    shared: { commits: 1, versions: 2, bytes: 9 },
    startedFrom: [],
  });
  assert.deepEqual([second?.own.commits, second?.own.versions], [3, 7]);
});
