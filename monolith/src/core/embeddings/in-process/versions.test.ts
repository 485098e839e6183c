import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Version, Versions } from "./versions.ts";

const state = (id: string, from: number, text = `${id}@${from}`) => ({
  id,
  type: "T",
  text,
  textHash: text,
  from,
});
const texts = (versions: Versions, sequence: number, branch = "main") =>
  new Set([...versions.at(branch, sequence)].map(({ text }) => text));

describe("the versions of indexed objects", () => {
  it("shows each object as it was at a sequence", () => {
    const versions = new Versions(10, () => {});
    versions.put("main", state("a", 1));
    versions.put("main", state("b", 2));
    versions.put("main", state("a", 3));
    versions.remove("main", "b", 4);
    assert.deepEqual(
      [0, 1, 2, 3, 4, 99].map((sequence) => texts(versions, sequence)),
      [[], ["a@1"], ["a@1", "b@2"], ["a@3", "b@2"], ["a@3"], ["a@3"]].map((all) => new Set(all)),
    );
  });

  it("keeps branches apart", () => {
    const versions = new Versions(10, () => {});
    versions.put("main", state("a", 1));
    versions.put("draft", state("a", 2));
    assert.deepEqual(texts(versions, 2), new Set(["a@1"]));
    assert.deepEqual(texts(versions, 2, "draft"), new Set(["a@2"]));
  });

  it("forgets the oldest superseded version beyond its bound, tells so, and knows its horizon", () => {
    const forgotten: Version[] = [];
    const versions = new Versions(1, (version) => forgotten.push(version));
    for (const from of [1, 2, 3]) versions.put("main", state("a", from));
    assert.deepEqual(
      forgotten.map(({ text }) => text),
      ["a@1"],
    );
    assert.equal(versions.horizon, 2);
    assert.deepEqual(texts(versions, 2), new Set(["a@2"]));
  });

  it("forgets everything when it is cleared, its horizon too", () => {
    const versions = new Versions(1, () => {});
    for (const from of [7, 8, 9]) versions.put("main", state("a", from));
    versions.clear();
    assert.deepEqual([texts(versions, 99), versions.horizon], [new Set(), 0]);
    const { row } = versions.put("main", state("a", 1));
    assert.deepEqual([texts(versions, 1), row], [new Set(["a@1"]), 4]);
  });

  it("agrees with a plain history, whatever is put and removed", () => {
    const change = fc.record({ id: fc.constantFrom("a", "b", "c"), gone: fc.boolean() });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const versions = new Versions(1000, () => {});
        const history: Record<string, string>[] = [{}];
        for (const [index, { id, gone }] of changes.entries()) {
          const from = index + 1;
          const { [id]: _, ...others } = history[index] ?? {};
          if (gone) versions.remove("main", id, from);
          else versions.put("main", state(id, from));
          history.push(gone ? others : { ...others, [id]: `${id}@${from}` });
        }
        for (const [sequence, expected] of history.entries())
          assert.deepEqual(texts(versions, sequence), new Set(Object.values(expected)));
      }),
    );
  });
});
