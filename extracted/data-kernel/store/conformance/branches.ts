import assert from "node:assert/strict";
import { bodyOf, commitOf, idsOf, newBranch, type Promises, put, refusal, write } from "./fixture.ts";

export const branches: Promises = {
  "a branch shows its origin as of its commit, and neither sees the other's later commits": async (store) => {
    const origin = await newBranch(store);
    const one = await write(store, origin, [put("a", '{"n":1}'), put("gone", "{}"), put("typed", "{}")]);
    const two = await write(store, origin, [put("a", '{"n":2}')]);
    const name = `${origin}-copy`;
    const made = await store.createBranch({ name, origin, at: one, timeMs: 7 });
    assert.deepEqual(made, { name, head: one, origin, originCommit: one, createdMs: 7 });
    assert.equal(await bodyOf(store, name, "a"), '{"n":1}');
    const own = await write(store, name, [{ delete: "gone" }, put("typed", "{}", "Other"), put("z", "{}")], {
      key: "k",
    });
    await write(store, origin, [{ delete: "a" }, put("late", "{}")], { key: "k" });
    assert.deepEqual(await idsOf(store, name), ["a", "z"]);
    assert.deepEqual(await idsOf(store, name, "", "Other"), ["typed"]);
    assert.deepEqual(await idsOf(store, name, one), ["a", "gone", "typed"]);
    assert.deepEqual(await idsOf(store, origin), ["gone", "late", "typed"]);
    const { commits } = await store.changes({ branch: name, after: "", at: "", limit: 10 });
    assert.deepEqual(
      commits.map(({ commit }) => [commit.id, commit.branch]),
      [
        [one, origin],
        [own, name],
      ],
    );
    const unknown = await refusal(store.get({ branch: name, id: "a", at: two }));
    assert.deepEqual(unknown, { code: "NOT_FOUND", fields: ["at"] });
  },

  "a branch of a branch reaches through both": async (store) => {
    const root = await newBranch(store);
    const one = await write(store, root, [put("a", '{"n":1}')]);
    const child = `${root}-child`;
    const grandchild = `${root}-grandchild`;
    await store.createBranch({ name: child, origin: root, at: "", timeMs: 1000 });
    await write(store, root, [put("late", "{}")]);
    await write(store, child, [put("b", "{}")]);
    const made = await store.createBranch({ name: grandchild, origin: child, at: one, timeMs: 1000 });
    assert.equal(made.originCommit, one);
    await write(store, child, [put("c", "{}")]);
    await write(store, grandchild, [put("d", "{}")]);
    assert.deepEqual(await idsOf(store, child), ["a", "b", "c"]);
    assert.deepEqual(await idsOf(store, grandchild), ["a", "d"]);
  },

  "a branch is created once: again the same, with another origin or commit refused": async (store) => {
    const origin = await newBranch(store);
    const one = await write(store, origin, [put("a", "{}")]);
    const name = `${origin}-copy`;
    const first = await store.createBranch({ name, origin, at: one, timeMs: 1000 });
    const two = await write(store, origin, [put("b", "{}")]);
    assert.deepEqual(await store.createBranch({ name, origin, at: one, timeMs: 2000 }), first);
    assert.deepEqual(await store.createBranch({ name, origin, at: "", timeMs: 2000 }), first);
    for (const other of [
      { origin, at: two },
      { origin: "", at: "" },
    ]) {
      const refused = await refusal(store.createBranch({ name, timeMs: 1000, ...other }));
      assert.deepEqual(refused, { code: "ALREADY_EXISTS", fields: ["name"] });
    }
    assert((await store.listBranches()).some((branch) => branch.name === name && branch.head === one));
  },

  "time does not fall along a branch when the clock does": async (store) => {
    const origin = await newBranch(store);
    await write(store, origin, [put("a", "{}")], { timeMs: 5000 });
    const { commit } = await store.commit(commitOf(origin, [put("a", "{}")], { timeMs: 4000 }));
    const name = `${origin}-copy`;
    await store.createBranch({ name, origin, at: "", timeMs: 1000 });
    const { commit: own } = await store.commit(commitOf(name, [put("b", "{}")], { timeMs: 3000 }));
    assert.deepEqual([commit?.timeMs, own?.timeMs], [5000, 5000]);
  },
};
