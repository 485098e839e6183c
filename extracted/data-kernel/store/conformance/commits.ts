import assert from "node:assert/strict";
import type { Precondition } from "../port.ts";
import {
  bodyOf,
  commitOf,
  FORWARD,
  idsOf,
  newBranch,
  type Promises,
  put,
  refusal,
  write,
} from "./fixture.ts";

export const commits: Promises = {
  "a commit carries who, why, when and on what it was made": async (store) => {
    const branch = await newBranch(store);
    const first = await write(store, branch, [put("a", "{}")]);
    const request = commitOf(branch, [put("b", "{}")], { timeMs: 2000 });
    const { commit, at, repeated } = await store.commit(request);
    assert(commit);
    const { id, sequence, ...said } = commit;
    const { key, author, message, traceId, timeMs } = request;
    assert.deepEqual(said, { key, branch, author, message, traceId, timeMs });
    assert.deepEqual({ at, repeated }, { at: first, repeated: false });
    assert.notEqual(id, first);
    assert(sequence > 0);
  },

  "changes say what was created, updated and deleted, a deletion as it was": async (store) => {
    const branch = await newBranch(store);
    const first = await write(store, branch, [put("a", '{"n":1}'), put("b", '{"n":1}')]);
    const { changes, commit } = await store.commit(
      commitOf(branch, [put("c", "{}"), { delete: "a" }, put("b", '{"n":2}', "Other"), { delete: "none" }]),
    );
    const revision = commit?.id;
    assert.deepEqual(changes, [
      { kind: "created", document: { id: "c", type: "Note", body: "{}", revision } },
      { kind: "deleted", document: { id: "a", type: "Note", body: '{"n":1}', revision: first } },
      { kind: "updated", document: { id: "b", type: "Other", body: '{"n":2}', revision } },
    ]);
    const told = await store.changes({ branch, after: first, at: "", limit: 10 });
    assert.deepEqual(told, { commits: [{ commit, changes }], more: false, head: revision });
  },

  "the same key and fingerprint answer the first result and write nothing": async (store) => {
    const branch = await newBranch(store);
    const before = await write(store, branch, [put("b", "{}")]);
    const request = commitOf(branch, [put("a", '{"n":1}')], { preconditions: [{ absent: "a" }] });
    const first = await store.commit(request);
    assert.equal(first.at, before);
    await write(store, branch, [put("a", '{"n":2}')]);
    assert.deepEqual(await store.commit(request), { ...first, repeated: true });
    assert.equal(await bodyOf(store, branch, "a"), '{"n":2}');
    const { commits } = await store.log({
      branch,
      at: "",
      beforeSequence: Number.MAX_SAFE_INTEGER,
      limit: 10,
    });
    assert.equal(commits.length, 3);
  },

  "the same key with another fingerprint is refused, on another branch it is another commit": async (
    store,
  ) => {
    const [branch, other] = [await newBranch(store), await newBranch(store)];
    await write(store, branch, [put("a", "{}")], { key: "k" });
    const again = store.commit(commitOf(branch, [put("a", "{}")], { key: "k", fingerprint: "other" }));
    assert.deepEqual(await refusal(again), { code: "ALREADY_EXISTS", fields: ["key"] });
    await write(store, other, [put("a", "{}")], { key: "k", fingerprint: "other" });
    assert.deepEqual(await idsOf(store, other), ["a"]);
  },

  "a commit repeated while the first is still being written is one commit": async (store) => {
    const branch = await newBranch(store);
    const request = commitOf(branch, [put("a", "{}")]);
    const results = await Promise.all([1, 2, 3, 4].map(() => store.commit(request)));
    assert.equal(new Set(results.map(({ commit }) => commit?.id)).size, 1);
    assert.deepEqual(results.map(({ repeated }) => repeated).sort(), [false, true, true, true]);
  },

  "every precondition that does not hold is named, and nothing is written": async (store) => {
    const branch = await newBranch(store);
    const first = await write(store, branch, [put("a", "{}")]);
    const head = await write(store, branch, [put("b", "{}")]);
    const preconditions: Precondition[] = [
      { absent: "a" },
      { absent: "none" },
      { revision: { id: "a", revision: first } },
      { revision: { id: "a", revision: head } },
      { revision: { id: "none", revision: first } },
      { head: first },
      { head },
      { head: "" },
    ];
    const call = store.commit(commitOf(branch, [put("c", "{}")], { preconditions }));
    const fields = [0, 3, 4, 5, 7].map((index) => `preconditions[${index}]`);
    assert.deepEqual(await refusal(call), { code: "ABORTED", fields });
    assert.deepEqual(await idsOf(store, branch), ["a", "b"]);
  },

  "of writers racing for one revision exactly one wins": async (store) => {
    const branch = await newBranch(store);
    const revision = await write(store, branch, [put("a", '{"n":0}')]);
    const racers = Array.from({ length: 8 }, (_, n) =>
      store.commit(
        commitOf(branch, [put("a", `{"n":${n + 1}}`)], {
          preconditions: [{ revision: { id: "a", revision } }],
        }),
      ),
    );
    const settled = await Promise.allSettled(racers);
    assert.equal(settled.filter(({ status }) => status === "fulfilled").length, 1);
  },

  "a refused commit leaves its neighbours alone": async (store) => {
    const branch = await newBranch(store);
    const calls = ["a", "b", "c"].map((id) =>
      store.commit(commitOf(branch, [put(id, "{}")], { preconditions: id === "b" ? [{ head: "x" }] : [] })),
    );
    const settled = await Promise.allSettled(calls);
    assert.deepEqual(
      settled.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled"],
    );
    assert.deepEqual(await idsOf(store, branch), ["a", "c"]);
  },

  "what a reply says was read is a head that may be asserted, the state before any commit too": async (
    store,
  ) => {
    const branch = await newBranch(store);
    for (const id of ["a", "b"]) {
      const { at } = await store.query({ branch, type: "Note", at: "", ...FORWARD, afterId: "", limit: 1 });
      await write(store, branch, [put(id, "{}")], { preconditions: [{ head: at }] });
    }
    assert.deepEqual(await idsOf(store, branch), ["a", "b"]);
  },
};
