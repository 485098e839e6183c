import assert from "node:assert/strict";
import { BEGINNING, PAGE_BYTES } from "../../limits.ts";
import type { Moment, Store } from "../port.ts";
import { newBranch, type Promises, put, refusal, write } from "./fixture.ts";

/** All differences as "id before after", page by page. */
async function told(store: Store, from: Moment, to: Moment, limit = 100): Promise<string[]> {
  const lines: string[] = [];
  let afterId = "";
  for (;;) {
    const page = await store.diff({ from, to, afterId, limit });
    for (const { id, before, after } of page.differences) {
      lines.push([id, before?.body ?? "-", after?.body ?? "-"].join(" "));
      afterId = id;
    }
    if (!page.more) return lines;
    assert(page.differences.length > 0);
  }
}

const n = (id: string, value: number) => put(id, JSON.stringify({ n: value }));

export const diffs: Promises = {
  "a diff says what is different between two commits, a document as it was and as it is": async (store) => {
    const branch = await newBranch(store);
    const one = await write(store, branch, [put("a", '{"n":1}'), put("b", "{}"), put("c", "{}")]);
    await write(store, branch, [put("a", '{"n":2}'), put("d", "{}"), put("passing", "{}")]);
    const two = await write(store, branch, [{ delete: "b" }, put("c", "{}", "Other"), { delete: "passing" }]);
    const reply = await store.diff({
      from: { branch, at: one },
      to: { branch, at: "" },
      afterId: "",
      limit: 9,
    });
    const read = async (id: string, at: string) => (await store.get({ branch, id, at })).document;
    const differences = await Promise.all(
      ["a", "b", "c", "d"].map(async (id) => ({
        id,
        before: await read(id, one),
        after: await read(id, two),
      })),
    );
    assert.deepEqual(reply, { differences, more: false, from: one, to: two });
    const back = await store.diff({
      from: { branch, at: two },
      to: { branch, at: one },
      afterId: "",
      limit: 9,
    });
    assert.deepEqual(
      back.differences,
      differences.map(({ id, before, after }) => ({ id, before: after, after: before })),
    );
    const all = await store.diff({
      from: { branch, at: BEGINNING },
      to: { branch, at: one },
      afterId: "",
      limit: 9,
    });
    assert.deepEqual([all.from, all.differences.map(({ id }) => id)], [BEGINNING, ["a", "b", "c"]]);
  },

  "a document written again as it was, or there and back, is no difference": async (store) => {
    const branch = await newBranch(store);
    const at = await write(store, branch, [put("a", '{"n":1}'), put("b", '{"n":1}')]);
    await write(store, branch, [put("a", '{"n":1}'), put("b", '{"n":2}')]);
    await write(store, branch, [put("b", '{"n":1}')]);
    assert.deepEqual(await told(store, { branch, at }, { branch, at: "" }), []);
  },

  "branches are compared with each other, whoever went on since they parted": async (store) => {
    const origin = await newBranch(store);
    await write(store, origin, [n("a", 1), n("b", 1), n("c", 1)]);
    const branch = `${origin}-copy`;
    await store.createBranch({ name: branch, origin, at: "", timeMs: 1000 });
    assert.deepEqual(await told(store, { branch: origin, at: "" }, { branch, at: "" }), []);
    await write(store, branch, [n("a", 2), { delete: "c" }, n("same", 1)]);
    await write(store, origin, [n("b", 3), n("d", 3), n("same", 1)]);
    const expected = ['a {"n":1} {"n":2}', 'b {"n":3} {"n":1}', 'c {"n":1} -', 'd {"n":3} -'];
    assert.deepEqual(await told(store, { branch: origin, at: "" }, { branch, at: "" }), expected);
    const sibling = `${origin}-sibling`;
    await store.createBranch({ name: sibling, origin, at: "", timeMs: 1000 });
    await write(store, origin, [{ delete: "b" }]);
    assert.deepEqual(await told(store, { branch: sibling, at: "" }, { branch, at: "" }), expected);
    const other = await newBranch(store);
    await write(store, other, [n("a", 2)]);
    const unlike = ['b {"n":1} -', 'same {"n":1} -'];
    assert.deepEqual(await told(store, { branch, at: "" }, { branch: other, at: "" }), unlike);
  },

  "pages of a diff join without a gap, in order of UTF-8 bytes, and end early when bodies are large": async (
    store,
  ) => {
    const branch = await newBranch(store);
    const ids = ["Z", "a", "b", "c", "가", "\uffee", "🌱"];
    await write(
      store,
      branch,
      ids.map((id) => put(id, "{}")),
    );
    const lines = await told(store, { branch, at: BEGINNING }, { branch, at: "" }, 2);
    assert.deepEqual(
      lines,
      ids.map((id) => `${id} - {}`),
    );
    const large = JSON.stringify({ text: "x".repeat(PAGE_BYTES / 2 - 1000) });
    const at = (await store.log({ branch, at: "", beforeSequence: Number.MAX_SAFE_INTEGER, limit: 1 })).at;
    await write(
      store,
      branch,
      ["l1", "l2", "l3"].map((id) => put(id, large)),
    );
    const page = await store.diff({ from: { branch, at }, to: { branch, at: "" }, afterId: "", limit: 9 });
    assert.deepEqual([page.differences.map(({ id }) => id), page.more], [["l1", "l2"], true]);
  },

  "a diff of much is as a diff of little": async (store) => {
    const branch = await newBranch(store);
    const ids = Array.from({ length: 12_000 }, (_, n) => `d${String(n).padStart(5, "0")}`);
    const written = (some: string[]) => some.map((id) => put(id, "{}"));
    await write(store, branch, written(["a", ...ids.slice(0, 9000)]));
    const at = await write(store, branch, written(["b"]));
    await write(store, branch, written(ids.slice(9000)));
    await write(store, branch, [{ delete: "d00000" }, { delete: "d09000" }]);
    const beginning = await told(store, { branch, at: BEGINNING }, { branch, at: "" }, 1000);
    assert.deepEqual(
      beginning.map((line) => line.split(" ")[0]),
      ["a", "b", ...ids.filter((id) => id !== "d00000" && id !== "d09000")],
    );
    assert.equal((await told(store, { branch, at }, { branch, at: "" }, 1000)).length, 3000);
  },

  "what a diff does not know is NOT_FOUND by field": async (store) => {
    const branch = await newBranch(store);
    const foreign = await write(store, await newBranch(store), [put("a", "{}")]);
    const known = { branch, at: "" };
    const unknown: [string, Moment, Moment][] = [
      ["from.branch", { branch: "test/store/none", at: "" }, known],
      ["from.at", { branch, at: foreign }, known],
      ["to.branch", known, { branch: "test/store/none", at: "" }],
      ["to.at", known, { branch, at: "none" }],
    ];
    for (const [field, from, to] of unknown) {
      const call = store.diff({ from, to, afterId: "", limit: 1 });
      assert.deepEqual(await refusal(call), { code: "NOT_FOUND", fields: [field] });
    }
  },
};
