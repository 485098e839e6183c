import assert from "node:assert/strict";
import { newBranch, type Promises, put, refusal, write } from "./fixture.ts";

export const history: Promises = {
  "a document's history has the commits that changed it and no others, newest first, with what they did":
    async (store) => {
      const branch = await newBranch(store);
      const made = await write(store, branch, [put("a", '{"n":1}'), put("b", "{}")]);
      await write(store, branch, [put("b", '{"n":2}')]);
      const changed = await write(store, branch, [put("a", '{"n":2}', "Other")], { author: "bob@oms" });
      const gone = await write(store, branch, [{ delete: "a" }]);
      await write(store, branch, [{ delete: "a" }, put("b", "{}")]);
      const again = await write(store, branch, [put("a", "{}")]);
      const told = async (id: string, at = "") => {
        const reply = await store.history({
          branch,
          id,
          at,
          beforeSequence: Number.MAX_SAFE_INTEGER,
          limit: 9,
        });
        return reply.entries.map(({ commit, kind }) => [commit.id, kind]);
      };
      const entries = [
        [again, "created"],
        [gone, "deleted"],
        [changed, "updated"],
        [made, "created"],
      ];
      assert.deepEqual(await told("a"), entries);
      assert.deepEqual(await told("a", changed), entries.slice(2));
      assert.deepEqual(await told("none"), []);
    },

  "a history reaches into the origin, up to where the branch was made": async (store) => {
    const origin = await newBranch(store);
    const one = await write(store, origin, [put("a", "{}")]);
    const two = await write(store, origin, [put("a", "{}")]);
    const branch = `${origin}-copy`;
    await store.createBranch({ name: branch, origin, at: "", timeMs: 1000 });
    await write(store, origin, [put("a", "{}")]);
    const own = await write(store, branch, [put("a", "{}")]);
    const page = (beforeSequence: number) =>
      store.history({ branch, id: "a", at: "", beforeSequence, limit: 2 });
    const first = await page(Number.MAX_SAFE_INTEGER);
    assert.deepEqual(
      [first.entries.map(({ commit }) => commit.id), first.more, first.at],
      [[own, two], true, own],
    );
    assert.deepEqual(
      first.entries.map(({ commit, kind }) => [commit.branch, kind]),
      [
        [branch, "updated"],
        [origin, "updated"],
      ],
    );
    const rest = await page(first.entries[1]?.commit.sequence ?? 0);
    assert.deepEqual([rest.entries.map(({ commit }) => commit.id), rest.more], [[one], false]);
  },

  "the history of an unknown branch or commit is NOT_FOUND by field": async (store) => {
    const branch = await newBranch(store);
    const page = { id: "a", beforeSequence: 9, limit: 1 };
    const unknown = [
      { branch: "test/store/none", at: "", ...page },
      { branch, at: "none", ...page },
    ];
    const fields = [];
    for (const request of unknown) fields.push(await refusal(store.history(request)));
    assert.deepEqual(fields, [
      { code: "NOT_FOUND", fields: ["branch"] },
      { code: "NOT_FOUND", fields: ["at"] },
    ]);
  },
};
