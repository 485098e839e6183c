import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { embeddingShape, searchShape, shaped, similarityShape } from "./shape.ts";

const embedding = (body: unknown) => () => embeddingShape(body);
const similarity = (body: unknown) => () => shaped(similarityShape, body);
const search = (body: unknown) => () => shaped(searchShape, body);

test("a body of another shape is refused field by field, unknown fields last", () => {
  const rows: [() => unknown, string[]][] = [
    ...[undefined, null, 5, "text", ["text"], true].map((body): [() => unknown, string[]] => [
      search(body),
      ["body must be a JSON object"],
    ]),
    [embedding([]), ["body must be a JSON object"]],
    [embedding({}), ["text is required"]],
    [embedding({ text: "a", texts: ["a"] }), ["texts must not be given together with text"]],
    [embedding({ text: null }), ["text must be a string"]],
    [embedding({ text: 5, modelVersion: 5 }), ["text must be a string", "modelVersion must be a string"]],
    [embedding({ texts: "a" }), ["texts must be an array"]],
    [embedding({ texts: ["a", 1, null] }), ["texts[1] must be a string", "texts[2] must be a string"]],
    [similarity({}), ["a is required", "b is required"]],
    [similarity({ b: {}, a: [] }), ["a must be a string", "b must be a string"]],
    [
      search({ extra: 1, k: "5", types: [1], branch: 2, more: 1 }),
      [
        "query is required",
        "k must be a number",
        "types[0] must be a string",
        "branch must be a string",
        "extra is not a known field",
        "more is not a known field",
      ],
    ],
    [search({ query: "a", k: null }), ["k must be a number"]],
    [search(JSON.parse('{"query":"a","__proto__":1}')), ["__proto__ is not a known field"]],
  ];
  for (const [check, expected] of rows) {
    assert.throws(check, (error) => {
      assert.ok(error instanceof ServiceError && error.code === "INVALID_ARGUMENT");
      assert.deepEqual(
        error.violations.map(({ field, message }) => `${field} ${message}`),
        expected,
      );
      return true;
    });
  }
});

test("what may be left out has its default", () => {
  const { modelVersion, ...rest } = shaped(searchShape, { query: "a" });
  assert.deepEqual([rest, modelVersion], [{ query: "a", k: 10, types: [], branch: "main" }, undefined]);
});
