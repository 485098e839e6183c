import assert from "node:assert/strict";
import { BEGINNING } from "../../limits.ts";
import type { Store } from "../port.ts";
import { bodyOf, commitOf, idsOf, newBranch, type Promises, put, refusal, write } from "./fixture.ts";

const ASKED = { head: "", token: "", nowMs: 1000 };

async function logOf(store: Store, branch: string): Promise<string[]> {
  const { commits } = await store.changes({ branch, after: "", at: "", limit: 100 });
  return commits.map(({ commit }) => commit.id);
}

export const rewrites: Promises = {
  "a reset branch is as it was at the commit, and the commits after it are gone": async (store) => {
    const name = await newBranch(store);
    const one = await write(store, name, [put("a", '{"n":1}'), put("b", "{}"), put("c", "{}")]);
    const two = await write(store, name, [put("a", '{"n":2}'), { delete: "b" }, put("c", "{}", "Other")]);
    await write(store, name, [put("a", "{}", "Other"), put("d", "{}")]);
    const branch = await store.resetBranch({ ...ASKED, name, to: one });
    assert.deepEqual(branch, { name, head: one, origin: "", originCommit: "", createdMs: 1000 });
    assert.equal(await bodyOf(store, name, "a"), '{"n":1}');
    assert.deepEqual(await idsOf(store, name), ["a", "b", "c"]);
    assert.deepEqual(await idsOf(store, name, "", "Other"), []);
    assert.deepEqual(await logOf(store, name), [one]);
    const gone = await refusal(store.get({ branch: name, id: "a", at: two }));
    assert.deepEqual(gone, { code: "NOT_FOUND", fields: ["at"] });
    const after = await refusal(store.changes({ branch: name, after: two, at: "", limit: 1 }));
    assert.deepEqual(after, { code: "NOT_FOUND", fields: ["after"] });
  },

  "a reset branch goes on, with the keys of the commits that are gone and sequences nobody had": async (
    store,
  ) => {
    const name = await newBranch(store);
    const one = await write(store, name, [put("a", '{"n":1}')]);
    const dropped = commitOf(name, [put("a", '{"n":2}'), put("b", "{}")], { key: "again" });
    const first = await store.commit(dropped);
    await store.resetBranch({ ...ASKED, name, to: one });
    const second = await store.commit({ ...dropped, fingerprint: "other" });
    assert.deepEqual([second.repeated, second.at], [false, one]);
    assert((second.commit?.sequence ?? 0) > (first.commit?.sequence ?? 0));
    assert.deepEqual(await logOf(store, name), [one, second.commit?.id]);
    assert.deepEqual(await idsOf(store, name), ["a", "b"]);
  },

  "reset to the beginning a branch is empty": async (store) => {
    const name = await newBranch(store);
    await write(store, name, [put("a", "{}")]);
    assert.equal((await store.resetBranch({ ...ASKED, name, to: BEGINNING })).head, "");
    assert.deepEqual(await idsOf(store, name), []);
    assert.deepEqual(await logOf(store, name), []);
  },

  "reset to before it was made a branch starts there": async (store) => {
    const origin = await newBranch(store);
    const one = await write(store, origin, [put("a", '{"n":1}'), put("b", "{}")]);
    await write(store, origin, [put("a", '{"n":2}')]);
    const name = `${origin}-copy`;
    await store.createBranch({ name, origin, at: "", timeMs: 1000 });
    await write(store, name, [put("b", "{}", "Other"), put("c", "{}")]);
    const branch = await store.resetBranch({ ...ASKED, name, to: one });
    assert.deepEqual(branch, { name, head: one, origin, originCommit: one, createdMs: 1000 });
    assert.equal(await bodyOf(store, name, "a"), '{"n":1}');
    assert.deepEqual(await idsOf(store, name), ["a", "b"]);
    assert.equal(await bodyOf(store, origin, "a"), '{"n":2}');
    const own = await write(store, name, [put("d", "{}")]);
    assert.deepEqual(await logOf(store, name), [one, own]);
  },

  "a reset repeated is done already; asked for with a head that is not the branch's it is refused": async (
    store,
  ) => {
    const name = await newBranch(store);
    const one = await write(store, name, [put("a", "{}")]);
    const two = await write(store, name, [put("b", "{}")]);
    const wrong = await refusal(store.resetBranch({ ...ASKED, name, to: one, head: one }));
    assert.deepEqual(wrong, { code: "ABORTED", fields: ["head"] });
    const request = { ...ASKED, name, to: one, head: two };
    const first = await store.resetBranch(request);
    assert.deepEqual(await store.resetBranch(request), first);
    await write(store, name, [put("c", "{}")]);
    assert.deepEqual(await refusal(store.resetBranch(request)), { code: "ABORTED", fields: ["head"] });
    assert.deepEqual(await idsOf(store, name), ["a", "c"]);
  },

  "commits that another branch starts at, or after, do not go": async (store) => {
    const name = await newBranch(store);
    const one = await write(store, name, [put("a", "{}")]);
    const two = await write(store, name, [put("b", "{}")]);
    await write(store, name, [put("c", "{}")]);
    await store.createBranch({ name: `${name}-copy`, origin: name, at: two, timeMs: 1000 });
    const reset = await refusal(store.resetBranch({ ...ASKED, name, to: one }));
    assert.deepEqual(reset, { code: "FAILED_PRECONDITION", fields: ["to"] });
    const deletion = await refusal(store.deleteBranch({ ...ASKED, name }));
    assert.deepEqual(deletion, { code: "FAILED_PRECONDITION", fields: ["name"] });
    assert.deepEqual(await idsOf(store, name), ["a", "b", "c"]);
    await store.resetBranch({ ...ASKED, name, to: two });
    assert.deepEqual(await idsOf(store, `${name}-copy`), ["a", "b"]);
    await store.deleteBranch({ ...ASKED, name: `${name}-copy` });
    await store.deleteBranch({ ...ASKED, name });
  },

  "a deleted branch is not there, and its name and keys may be used again": async (store) => {
    const origin = await newBranch(store);
    await write(store, origin, [put("a", "{}")]);
    const name = `${origin}-copy`;
    const made = await store.createBranch({ name, origin, at: "", timeMs: 1000 });
    const head = await write(store, name, [put("a", '{"n":2}'), put("b", "{}")], { key: "k" });
    const wrong = await refusal(store.deleteBranch({ ...ASKED, name, head: made.head }));
    assert.deepEqual(wrong, { code: "ABORTED", fields: ["head"] });
    await store.deleteBranch({ ...ASKED, name, head });
    assert((await store.listBranches()).every((branch) => branch.name !== name));
    const read = await refusal(store.get({ branch: name, id: "a", at: "" }));
    assert.deepEqual(read, { code: "NOT_FOUND", fields: ["branch"] });
    assert.deepEqual(await refusal(store.deleteBranch({ ...ASKED, name })), {
      code: "NOT_FOUND",
      fields: ["name"],
    });
    assert.equal(await bodyOf(store, origin, "a"), "{}");
    await store.createBranch({ name, origin: "", at: "", timeMs: 2000 });
    assert.deepEqual(await idsOf(store, name), []);
    await write(store, name, [put("z", "{}")], { key: "k", fingerprint: "other" });
    assert.deepEqual(await idsOf(store, name), ["z"]);
  },

  "an evaluated deletion or reset is answered or refused as the live one, and changes nothing": async (
    store,
  ) => {
    const origin = await newBranch(store);
    const one = await write(store, origin, [put("a", "{}")]);
    const two = await write(store, origin, [put("b", "{}")]);
    const name = `${origin}-copy`;
    await store.createBranch({ name, origin, at: "", timeMs: 1000 });
    const head = await write(store, name, [put("c", "{}")]);
    await store.evaluateDeletion({ ...ASKED, name });
    const expected = { name, head: one, origin, originCommit: one, createdMs: 1000 };
    assert.deepEqual(await store.evaluateReset({ ...ASKED, name, to: one }), expected);
    const toOrigin = await store.evaluateReset({ ...ASKED, name, to: two });
    assert.deepEqual([toOrigin.head, toOrigin.originCommit], [two, two]);
    const reset = await refusal(store.evaluateReset({ ...ASKED, name: origin, to: one }));
    assert.deepEqual(reset, { code: "FAILED_PRECONDITION", fields: ["to"] });
    const deletion = await refusal(store.evaluateDeletion({ ...ASKED, name: origin }));
    assert.deepEqual(deletion, { code: "FAILED_PRECONDITION", fields: ["name"] });
    assert.deepEqual(await logOf(store, name), [one, two, head]);
  },

  "what a rewrite does not know is NOT_FOUND by field": async (store) => {
    const name = await newBranch(store);
    const foreign = await write(store, await newBranch(store), [put("a", "{}")]);
    const none = "test/store/none";
    const unknown: [string, () => Promise<unknown>][] = [
      ["name", () => store.deleteBranch({ ...ASKED, name: none })],
      ["name", () => store.resetBranch({ ...ASKED, name: none, to: BEGINNING })],
      ["to", () => store.resetBranch({ ...ASKED, name, to: foreign })],
      ["name", () => store.evaluateDeletion({ ...ASKED, name: none })],
      ["to", () => store.evaluateReset({ ...ASKED, name, to: "none" })],
      ["name", () => store.freezeBranch({ name: none, token: "t", untilMs: 2000, nowMs: 1000 })],
    ];
    for (const [field, call] of unknown) {
      assert.deepEqual(await refusal(call()), { code: "NOT_FOUND", fields: [field] });
    }
  },
};
