import assert from "node:assert/strict";
import type { Change, Exported, ExportReply, Store } from "../port.ts";
import { commitOf, idsOf, newBranch, type Promises, put, refusal, write } from "./fixture.ts";

async function whole(store: Store, branch: string, after: string): Promise<ExportReply> {
  return store.exportCommits({ branch, after, at: "", limit: 1000 });
}

/** A branch with commits of its own on an origin, as it was, exported and deleted. */
async function archived(store: Store) {
  const origin = await newBranch(store);
  const base = await write(store, origin, [put("a", '{"n":1}'), put("gone", "{}")]);
  const name = `${origin}-gone`;
  await store.createBranch({ name, origin, at: "", timeMs: 7 });
  await write(store, name, [put("a", '{"n":2}'), { delete: "gone" }, put("b", "{}", "Other")], {
    key: "k1",
    timeMs: 5000,
  });
  await write(store, name, [put("b", '{"größe":1}', "Other")], { key: "k2" });
  const before = await stateOf(store, name);
  const exported = await whole(store, name, base);
  await store.deleteBranch({ name, head: "", token: "", nowMs: 1 });
  return { origin, base, name, before, commits: exported.commits };
}

async function stateOf(store: Store, branch: string) {
  const { commits } = await store.changes({ branch, after: "", at: "", limit: 1000 });
  return commits.map(({ commit: { sequence: _, ...commit }, changes }) => ({ commit, changes }));
}

export const archives: Promises = {
  "exported commits made again are the same branch: heads, log, documents and keys": async (store) => {
    const { origin, base, name, before, commits } = await archived(store);
    const hidden = `${name}-hidden`;
    await store.createBranch({ name: hidden, origin, at: base, timeMs: 7 });
    await store.importCommits({ branch: hidden, after: base, commits });
    await store.renameBranch({ name: hidden, to: name });
    assert.deepEqual(await stateOf(store, name), before);
    const listed = (await store.listBranches()).filter((branch) => branch.name.startsWith(name));
    const head = before.at(-1)?.commit.id;
    assert.deepEqual(listed, [{ name, head, origin, originCommit: base, createdMs: 7 }]);
    assert.deepEqual(await idsOf(store, name), ["a"]);
    assert.deepEqual(await idsOf(store, name, "", "Other"), ["b"]);
    const again = await store.commit(commitOf(name, [put("b", '{"größe":1}', "Other")], { key: "k2" }));
    assert.deepEqual([again.repeated, again.commit?.id], [true, head]);
    await write(store, name, [put("c", "{}")]);
  },

  "an import goes on where it stopped, within a commit too": async (store) => {
    const { origin, base, name, before, commits } = await archived(store);
    await store.createBranch({ name, origin, at: base, timeMs: 7 });
    const [first, second] = commits as [Exported, Exported];
    const part = (from: number, to: number): Exported => {
      const changes: readonly Change[] = first.changes.slice(from, to);
      return { ...first, changes };
    };
    await store.importCommits({ branch: name, after: base, commits: [part(0, 2)] });
    await store.importCommits({ branch: name, after: base, commits: [part(2, 3), second] });
    await store.importCommits({ branch: name, after: base, commits });
    assert.deepEqual(await stateOf(store, name), before);
  },

  "an import onto another head, or of commits another branch has, is refused whole": async (store) => {
    const { origin, base, name, commits } = await archived(store);
    await store.createBranch({ name, origin, at: base, timeMs: 7 });
    const own = await write(store, name, [put("own", "{}")]);
    const moved = await refusal(store.importCommits({ branch: name, after: base, commits }));
    assert.deepEqual(moved, { code: "ABORTED", fields: ["after"] });
    await store.importCommits({ branch: name, after: own, commits: commits.slice(0, 1) });
    const other = await newBranch(store);
    const taken = await refusal(store.importCommits({ branch: other, after: "beginning", commits }));
    assert.deepEqual(taken, { code: "ALREADY_EXISTS", fields: ["commits"] });
    assert.deepEqual(await stateOf(store, other), []);
  },

  "a branch is renamed to a name that is free": async (store) => {
    const name = await newBranch(store);
    const other = await newBranch(store);
    const id = await write(store, name, [put("a", "{}")]);
    const taken = await refusal(store.renameBranch({ name, to: other }));
    assert.deepEqual(taken, { code: "ALREADY_EXISTS", fields: ["to"] });
    await store.renameBranch({ name, to: `${name}-new` });
    assert.deepEqual(await idsOf(store, `${name}-new`, id), ["a"]);
    const unknown = await refusal(store.renameBranch({ name, to: `${name}-newer` }));
    assert.deepEqual(unknown, { code: "NOT_FOUND", fields: ["name"] });
  },

  "a branch costs what it keeps, and shares what its origins keep for it": async (store) => {
    const origin = await newBranch(store);
    const one = await write(store, origin, [put("a", "{}"), put("b", '{"ä":1}')]);
    await write(store, origin, [put("late", "{}")]);
    const name = `${origin}-copy`;
    await store.createBranch({ name, origin, at: one, timeMs: 7 });
    await write(store, name, [put("a", '{"n":1}'), { delete: "b" }]);
    assert.deepEqual(await store.cost({ branch: name, at: "" }), {
      own: { commits: 1, versions: 2, bytes: 7 },
      shared: { commits: 1, versions: 2, bytes: 10 },
    });
    const { own } = await store.cost({ branch: name, at: one });
    assert.deepEqual(own, { commits: 0, versions: 0, bytes: 0 });
  },
};
