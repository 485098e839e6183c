import assert from "node:assert/strict";
import { BEGINNING, MAX_BODY_BYTES, PAGE_BYTES } from "../../limits.ts";
import { byUtf8 } from "../utf8.ts";
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

export const reads: Promises = {
  "a document is read at the head and as of every commit": async (store) => {
    const branch = await newBranch(store);
    const one = await write(store, branch, [put("a", '{"n":1}')]);
    const two = await write(store, branch, [put("a", '{"n":2}')]);
    const three = await write(store, branch, [{ delete: "a" }]);
    const four = await write(store, branch, [put("a", '{"n":4}')]);
    const read = await Promise.all(
      [BEGINNING, one, two, three, four, ""].map((at) => bodyOf(store, branch, "a", at)),
    );
    assert.deepEqual(read, [undefined, '{"n":1}', '{"n":2}', undefined, '{"n":4}', '{"n":4}']);
    assert.deepEqual(await idsOf(store, branch, three), []);
    assert.deepEqual(await idsOf(store, branch, four), ["a"]);
  },

  "a body comes back byte for byte": async (store) => {
    const branch = await newBranch(store);
    const body = '{ "big": 12345678901234567890.10, "한국어":"가\\u0000🌱", "e":1E400,"dup":1,"dup":2 }\n';
    await write(store, branch, [put("id/한국 🌱", body)]);
    assert.equal(await bodyOf(store, branch, "id/한국 🌱"), body);
  },

  "pages of one query show the commit the first one read, whatever is written in between": async (store) => {
    const branch = await newBranch(store);
    const ids = ["a", "b", "c", "d", "e"];
    await write(
      store,
      branch,
      ids.map((id) => put(id, "{}")),
    );
    const seen: string[] = [];
    let at = "";
    for (let more = true; more; ) {
      const page = await store.query({
        branch,
        type: "Note",
        at,
        ...FORWARD,
        afterId: seen.at(-1) ?? "",
        limit: 2,
      });
      seen.push(...page.documents.map(({ id }) => id));
      at = page.at;
      more = page.more;
      await write(store, branch, [{ delete: "c" }, put("bb", "{}"), put("d", "{}", "Other")]);
    }
    assert.deepEqual(seen, ids);
    assert.deepEqual(await idsOf(store, branch), ["a", "b", "bb", "e"]);
  },

  "ids are ordered by their UTF-8 bytes, through branches too": async (store) => {
    const ids = ["Z", "a", "\uffee", "🌱", "가"];
    const byBytes = ids.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const origin = await newBranch(store);
    await write(
      store,
      origin,
      ids.slice(0, 3).map((id) => put(id, "{}")),
    );
    const name = `${origin}-copy`;
    await store.createBranch({ name, origin, at: "", timeMs: 1000 });
    await write(
      store,
      name,
      ids.slice(3).map((id) => put(id, "{}")),
    );
    assert.deepEqual(await idsOf(store, name), byBytes);
  },

  "ids with a prefix come page by page in either order, as of any commit, through branches too": async (
    store,
  ) => {
    const last = "\u{10ffff}";
    const inherited = ["a", "a/", "a/1", "a/2", "a0", "b/1", `a/${last}`, `a/${last}b`, last, "\ud7ff1"];
    const origin = await newBranch(store);
    await write(
      store,
      origin,
      inherited.map((id) => put(id, "{}")),
    );
    const branch = `${origin}-copy`;
    await store.createBranch({ name: branch, origin, at: "", timeMs: 1000 });
    const before = await write(store, branch, [put("a/3", "{}"), put("\ue000", "{}"), { delete: "a/1" }]);
    await write(store, branch, [put("a/4", "{}"), { delete: "a/2" }, put("a/5", "{}", "Other")]);
    const moments = [
      { at: before, gone: ["a/1"], added: ["a/3", "\ue000"] },
      { at: "", gone: ["a/1", "a/2"], added: ["a/3", "\ue000", "a/4"] },
    ];
    for (const { at, gone, added } of moments)
      for (const prefix of ["", "a", "a/", `a/${last}`, "b", "c", last, "\ud7ff"])
        for (const descending of [false, true]) {
          const all = [...inherited, ...added]
            .filter((id) => id.startsWith(prefix) && !gone.includes(id))
            .sort(byUtf8);
          const seen: string[] = [];
          for (let more = true; more; ) {
            const afterId = seen.at(-1) ?? "";
            const page = await store.query({
              branch,
              type: "Note",
              at,
              prefix,
              descending,
              afterId,
              limit: 2,
            });
            seen.push(...page.documents.map(({ id }) => id));
            more = page.more;
          }
          assert.deepEqual(seen, descending ? all.reverse() : all, `${prefix} at ${at}, ${descending}`);
        }
  },

  "a page and an answer of changes end early when their bodies are large": async (store) => {
    const branch = await newBranch(store);
    const large = JSON.stringify({ text: "x".repeat(PAGE_BYTES / 2 - 1000) });
    for (const id of ["a", "b", "c"]) await write(store, branch, [put(id, large)]);
    const page = await store.query({ branch, type: "Note", at: "", ...FORWARD, afterId: "", limit: 100 });
    assert.deepEqual(
      { ids: page.documents.map(({ id }) => id), more: page.more },
      { ids: ["a", "b"], more: true },
    );
    const told = await store.changes({ branch, after: "", at: "", limit: 100 });
    assert.deepEqual([told.commits.length, told.more], [2, false]);
  },

  "a document at its limit has a page to itself": async (store) => {
    const branch = await newBranch(store);
    const small = put("b", "{}");
    const largest = JSON.stringify({ text: "x".repeat(MAX_BODY_BYTES - '{"text":""}'.length) });
    await write(store, branch, [put("a", largest), small, put("c", largest)]);
    const page = (afterId: string) =>
      store.query({ branch, type: "Note", at: "", ...FORWARD, afterId, limit: 100 });
    for (const [afterId, id] of [
      ["", "a"],
      ["a", "b"],
      ["b", "c"],
    ] as const) {
      const { documents, more } = await page(afterId);
      assert.deepEqual([documents.map((each) => each.id), more], [[id], id !== "c"]);
    }
    const told: string[] = [];
    for (let more = true; more; ) {
      const reply = await store.changes({ branch, after: "", skip: told.length, at: "", limit: 100 });
      told.push(...(reply.commits[0]?.changes ?? []).map(({ document }) => document.id));
      more = reply.more;
    }
    assert.deepEqual(told, ["a", "b", "c"]);
  },

  "the log is newest first and pages backwards from where it began": async (store) => {
    const branch = await newBranch(store);
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.unshift(await write(store, branch, [put("a", `{"n":${n}}`)]));
    const page = await store.log({
      branch,
      at: ids[1] ?? "",
      beforeSequence: Number.MAX_SAFE_INTEGER,
      limit: 2,
    });
    assert.deepEqual(
      { ids: page.commits.map(({ id }) => id), more: page.more },
      { ids: ids.slice(1, 3), more: true },
    );
    const beforeSequence = page.commits.at(-1)?.sequence ?? 0;
    const rest = await store.log({ branch, at: page.at, beforeSequence, limit: 2 });
    assert.deepEqual(
      { ids: rest.commits.map(({ id }) => id), more: rest.more },
      { ids: ids.slice(3), more: false },
    );
  },

  "changes follow from a commit, oldest first, up to the one asked for": async (store) => {
    const branch = await newBranch(store);
    const ids: string[] = [];
    for (let n = 0; n < 4; n += 1) ids.push(await write(store, branch, [put(`d${n}`, "{}")]));
    const told = async (after: string, at: string, limit: number) => {
      const { commits, head } = await store.changes({ branch, after, at, limit });
      return { commits: commits.map(({ commit }) => commit.id), head };
    };
    assert.deepEqual(await told("", "", 2), { commits: ids.slice(0, 2), head: ids[3] });
    assert.deepEqual(await told(ids[1] ?? "", "", 10), { commits: ids.slice(2), head: ids[3] });
    assert.deepEqual(await told(BEGINNING, ids[2] ?? "", 10), { commits: ids.slice(0, 3), head: ids[2] });
    assert.deepEqual(await told(ids[3] ?? "", "", 10), { commits: [], head: ids[3] });
  },

  "what a branch does not know is NOT_FOUND by field": async (store) => {
    const branch = await newBranch(store);
    const foreign = await write(store, await newBranch(store), [put("a", "{}")]);
    const page = { type: "Note", ...FORWARD, afterId: "", limit: 1 };
    const unknown: [string, () => Promise<unknown>][] = [
      ["branch", () => store.commit(commitOf("test/store/none", [put("a", "{}")]))],
      ["branch", () => store.get({ branch: "test/store/none", id: "a", at: "" })],
      ["branch", () => store.query({ branch: "test/store/none", at: "", ...page })],
      ["at", () => store.query({ branch, at: foreign, ...page })],
      ["at", () => store.get({ branch, id: "a", at: "none" })],
      ["at", () => store.evaluate({ ...commitOf(branch, [put("a", "{}")]), at: foreign })],
      ["at", () => store.log({ branch, at: foreign, beforeSequence: 9, limit: 1 })],
      ["after", () => store.changes({ branch, after: foreign, at: "", limit: 1 })],
      ["origin", () => store.createBranch({ name: `${branch}-x`, origin: "none", at: "", timeMs: 1 })],
      ["at", () => store.createBranch({ name: `${branch}-x`, origin: branch, at: foreign, timeMs: 1 })],
    ];
    for (const [field, call] of unknown) {
      assert.deepEqual(await refusal(call()), { code: "NOT_FOUND", fields: [field] });
    }
  },
};
