import assert from "node:assert/strict";
import { test } from "node:test";
import type { Change } from "@oms/data-kernel/client.ts";
import fc from "fast-check";
import { encodeVector, hashText, INDEXED, indexedId, VECTOR, vectorId } from "./documents.ts";
import { ObjectIndex } from "./object-index.ts";

const MODEL = "model-1";

function document(type: string, id: string, body: object): Change["document"] {
  return { type, id, body, revision: "r" };
}

function vector(text: string, values: readonly number[], over: object = {}): Change {
  const textHash = hashText(text);
  const body = {
    modelVersion: MODEL,
    textHash,
    vector: encodeVector(Float32Array.from(values)),
    poorlyCovered: false,
    truncated: false,
    side: "in-process",
    build: "b1",
    ...over,
  };
  return { kind: "created", document: document(VECTOR, vectorId(body.modelVersion, textHash), body) };
}

function indexed(id: string, text: string, over: object = {}): Change {
  const body = {
    branch: "main",
    id,
    type: "Thing",
    text,
    textHash: hashText(text),
    modelVersion: MODEL,
    ...over,
  };
  return { kind: "updated", document: document(INDEXED, indexedId(body.branch, id), body) };
}

function removed(id: string): Change {
  return { ...indexed(id, ""), kind: "deleted" };
}

function index(kept?: number): ObjectIndex {
  const unreadable = (id: string, error: unknown) => assert.fail(`${id}: ${String(error)}`);
  return new ObjectIndex(MODEL, unreadable, kept);
}

const at = (sequence: number, over: object = {}) => ({ branch: "main", types: [], k: 10, sequence, ...over });
const QUERY = Float32Array.of(1, 0);
const found = (objects: ObjectIndex, sequence: number, over: object = {}) =>
  objects.nearest(QUERY, at(sequence, over)).map(({ id, score }) => [id, score]);

test("the nearest come first, ties in the order of their ids", () => {
  const objects = index();
  objects.apply(1, [
    vector("near", [1, 0]),
    vector("far", [0, 1]),
    indexed("b", "near"),
    indexed("c", "far"),
    indexed("a", "near"),
    indexed("Z", "near"),
  ]);
  assert.deepEqual(found(objects, 1), [
    ["Z", 1],
    ["a", 1],
    ["b", 1],
    ["c", 0],
  ]);
  assert.deepEqual(found(objects, 1, { k: 2 }), [
    ["Z", 1],
    ["a", 1],
  ]);
});

test("types and the ontology branch narrow a search", () => {
  const objects = index();
  const other = { type: "Other" };
  objects.apply(1, [vector("t", [1, 0]), indexed("a", "t"), indexed("b", "t", other)]);
  objects.apply(2, [indexed("c", "t", { branch: "draft" })]);
  assert.deepEqual(found(objects, 2), [
    ["a", 1],
    ["b", 1],
  ]);
  assert.deepEqual(found(objects, 2, { types: ["Other"] }), [["b", 1]]);
  assert.deepEqual(found(objects, 2, { branch: "draft" }), [["c", 1]]);
  assert.deepEqual(found(objects, 2, { branch: "none" }), []);
});

test("vectors of another model and poorly covered ones are not searched", () => {
  const objects = index();
  objects.apply(1, [
    vector("other", [1, 0], { modelVersion: "model-2" }),
    vector("poor", [1, 0], { poorlyCovered: true }),
    indexed("a", "other"),
    indexed("b", "poor"),
    indexed("c", "none at all"),
  ]);
  assert.deepEqual(found(objects, 1), []);
  assert.deepEqual(
    objects.containing("poor", at(1)).map(({ id }) => id),
    ["b"],
  );
});

test("Korean objects are found by their syllables, best share first", () => {
  const objects = index();
  objects.apply(1, [
    indexed("customer", "우수 고객 목록"),
    indexed("order", "고객 주문 내역"),
    indexed("parcel", "배송 조회"),
  ]);
  assert.deepEqual(
    objects.containing("고객 주문", at(1)).map(({ id, score, match }) => [id, score, match]),
    [
      ["order", 1, "trigram"],
      ["customer", 0.5, "trigram"],
    ],
  );
  assert.deepEqual(
    objects.containing("배송", at(1)).map(({ id }) => id),
    ["parcel"],
  );
  assert.deepEqual(objects.containing("  ", at(1)), []);
});

test("a search as of a commit sees what was true then, by either way of looking", () => {
  const objects = index();
  objects.apply(10, [vector("old text", [1, 0]), indexed("a", "old text")]);
  objects.apply(20, [vector("new text", [0, 1]), indexed("a", "new text")]);
  objects.apply(30, [removed("a")]);
  const views = [5, 10, 19, 20, 29, 30].map((sequence) => [
    found(objects, sequence),
    objects.containing("text", at(sequence)).map(({ text }) => text),
  ]);
  assert.deepEqual(views, [
    [[], []],
    [[["a", 1]], ["old text"]],
    [[["a", 1]], ["old text"]],
    [[["a", 0]], ["new text"]],
    [[["a", 0]], ["new text"]],
    [[], []],
  ]);
});

test("superseded states are dropped after their time, and a search before that is refused", () => {
  const objects = index(10);
  objects.apply(1, [indexed("a", "first")]);
  objects.apply(2, [indexed("a", "second")]);
  assert.equal(objects.containing("first", at(1)).length, 1);
  assert.equal(objects.size, 2);
  objects.apply(13, []);
  assert.equal(objects.size, 1);
  assert.throws(() => objects.containing("first", at(1)), { code: "ABORTED" });
  assert.equal(objects.containing("second", at(13)).length, 1);
  assert.equal(objects.containing("first", at(3)).length, 0);
});

test("at every sequence the index answers what a replay of the commits up to there would", () => {
  const change = fc.record({
    id: fc.constantFrom("a", "b", "c"),
    text: fc.constantFrom("", "고객 주문", "고객 목록", "주문"),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
      const objects = index();
      const truth = new Map<string, string>();
      const views = changes.map(({ id, text }, sequence) => {
        objects.apply(sequence, [text === "" ? removed(id) : indexed(id, text)]);
        truth.set(id, text);
        return [...truth].filter(([, each]) => each.includes("고객")).map(([each]) => each);
      });
      views.forEach((expected, sequence) => {
        const hits = objects.containing("고객", at(sequence));
        assert.deepEqual(new Set(hits.map(({ id }) => id)), new Set(expected));
        assert.equal(hits.length, expected.length);
      });
    }),
  );
});

test("a document of another shape is reported and hides nothing else", () => {
  const reported: string[] = [];
  const objects = new ObjectIndex(MODEL, (id) => void reported.push(id));
  const broken = { kind: "created", document: document(INDEXED, "Indexed/main/x", { text: 5 }) } as const;
  objects.apply(1, [broken, indexed("a", "sound")]);
  assert.deepEqual(reported, ["Indexed/main/x"]);
  assert.equal(objects.containing("sound", at(1)).length, 1);
});

test("a cleared index takes in commits from the first, whatever sequences it had seen", () => {
  const objects = index(1);
  for (const sequence of [7, 8, 9]) objects.apply(sequence, [vector("t", [1, 0]), indexed("a", "t")]);
  objects.clear();
  assert.deepEqual([objects.size, found(objects, 1), objects.containing("t", at(1))], [0, [], []]);
  objects.apply(1, [vector("t", [1, 0]), indexed("b", "t")]);
  assert.deepEqual(found(objects, 1), [["b", 1]]);
  assert.deepEqual(
    objects.containing("t", at(1)).map(({ id }) => id),
    ["b"],
  );
});
