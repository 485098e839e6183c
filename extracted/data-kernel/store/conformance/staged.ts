import assert from "node:assert/strict";
import { PAGE_BYTES } from "../../limits.ts";
import type { Change, Store } from "../port.ts";
import { bodyOf, commitOf, idsOf, newBranch, type Promises, put, refusal, write } from "./fixture.ts";

const LARGE = JSON.stringify({ text: "x".repeat(PAGE_BYTES / 4) });

/** The terms of a commit of its own. */
const terms = (branch: string, more: object = {}) => {
  const { writes: _, ...rest } = commitOf(branch, [], more);
  return rest;
};

/** All that `commit` changed, part by part. */
async function changesOf(
  store: Store,
  commit: { branch: string; id: string },
  after: string,
): Promise<Change[]> {
  const changes: Change[] = [];
  for (let more = true; more; ) {
    const asked = { branch: commit.branch, after, at: commit.id, skip: changes.length, limit: 1 };
    const reply = await store.changes(asked);
    changes.push(...(reply.commits[0]?.changes ?? []));
    more = reply.more;
  }
  return changes;
}

export const staged: Promises = {
  "what is staged is seen when it is committed, all of it at once, in order": async (store) => {
    const branch = await newBranch(store);
    const before = await write(store, branch, [put("gone", LARGE), put("kept", "{}")]);
    const staging = store.stage("live");
    await staging.add([put("e", LARGE), { delete: "gone" }]);
    await staging.add([put("d", LARGE), put("c", LARGE), { delete: "none" }, put("b", "{}")]);
    assert.deepEqual(await idsOf(store, branch), ["gone", "kept"]);
    const { commit, ...answer } = await staging.commit(terms(branch, { preconditions: [{ absent: "b" }] }));
    await staging.discard();
    assert(commit);
    assert.deepEqual([answer.more, answer.repeated, answer.at], [true, false, before]);
    const changes = await changesOf(store, commit, before);
    assert.deepEqual(
      changes.map(({ kind, document }) => [kind, document.id]),
      [
        ["created", "e"],
        ["deleted", "gone"],
        ["created", "d"],
        ["created", "c"],
        ["created", "b"],
      ],
    );
    assert.deepEqual(answer.changes, changes.slice(0, answer.changes.length));
    assert.deepEqual(await idsOf(store, branch), ["b", "c", "d", "e", "kept"]);
    assert.equal(await bodyOf(store, branch, "c"), LARGE);
  },

  "a staged commit is known by its key, as any other": async (store) => {
    const branch = await newBranch(store);
    const asked = terms(branch);
    const make = async (fingerprint: string) => {
      const staging = store.stage("live");
      await staging.add([put("a", "{}")]);
      try {
        return await staging.commit({ ...asked, fingerprint });
      } finally {
        await staging.discard();
      }
    };
    const first = await make("same");
    assert.deepEqual(await make("same"), { ...first, repeated: true });
    assert.deepEqual(await refusal(make("other")), { code: "ALREADY_EXISTS", fields: ["key"] });
  },

  "a staged commit that is refused, and one that is discarded, leave nothing": async (store) => {
    const branch = await newBranch(store);
    const staging = store.stage("live");
    await staging.add([put("a", "{}")]);
    const call = staging.commit(terms(branch, { preconditions: [{ head: "x" }] }));
    assert.deepEqual(await refusal(call), { code: "ABORTED", fields: ["preconditions[0]"] });
    await staging.discard();
    assert.deepEqual(await idsOf(store, branch), []);
    const another = store.stage("live");
    await another.add([put("b", "{}")]);
    await another.commit(terms(branch));
    await another.discard();
    assert.deepEqual(await idsOf(store, branch), ["b"]);
  },

  "a document staged twice is refused by where it stands, beside uploads that have it too": async (store) => {
    const [one, other] = [store.stage("live"), store.stage("live")];
    await other.add([put("a", "{}")]);
    await one.add([put("a", "{}"), put("b", "{}")]);
    const call = one.add([put("c", "{}"), { delete: "b" }]);
    assert.deepEqual(await refusal(call), { code: "INVALID_ARGUMENT", fields: ["writes[3].delete"] });
    await Promise.all([one.discard(), other.discard()]);
  },

  "a staged commit is evaluated part by part, and stored nowhere": async (store) => {
    const branch = await newBranch(store);
    const first = await write(store, branch, [put("a", "{}")]);
    await write(store, branch, [put("b", "{}")]);
    const staging = store.stage("shadow");
    const ids = ["a", "b", "c", "d", "e", "f"];
    await staging.add(ids.map((id) => put(id, LARGE)));
    const changes: Change[] = [];
    for (let more = true; more; ) {
      const answer = await staging.evaluate({ ...terms(branch), at: first, skip: changes.length });
      assert.deepEqual([answer.commit, answer.at], [undefined, first]);
      changes.push(...answer.changes);
      more = answer.more;
    }
    await staging.discard();
    const kinds = ["updated", "created", "created", "created", "created", "created"];
    assert.deepEqual(
      changes.map(({ kind, document }) => [kind, document.id, document.revision]),
      ids.map((id, n) => [kinds[n], id, ""]),
    );
    assert.deepEqual(await idsOf(store, branch), ["a", "b"]);
  },
};
