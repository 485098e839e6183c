import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { validEmbed, validEmbedBatch, validSearch, validSimilarity, validStore } from "./validate.ts";

const LOADED = "use-lite-0";
const LONG = "x".repeat(100_001);

const embed = (over: object = {}) => validEmbed({ text: "a", ...over }, LOADED);
const embedBatch = (over: object = {}) => validEmbedBatch({ texts: ["a"], ...over }, LOADED);
const similarity = (over: object = {}) => validSimilarity({ a: "a", b: "b", ...over }, LOADED);
const search = (over: object = {}) =>
  validSearch({ query: "a", k: 10, types: [], branch: "main", ...over }, LOADED);
const store = (over: object = {}) =>
  validStore({ branch: "main", id: "1", type: "Customer", text: "a", ...over }, LOADED);

/** Runs `check` and gives what it refused as `field message`. */
function refusals(check: () => unknown): string[] {
  try {
    check();
    return [];
  } catch (error) {
    assert.ok(error instanceof ServiceError && error.code === "INVALID_ARGUMENT");
    assert.equal(
      error.message,
      error.violations
        .map((v) => `${v.field} ${v.message}`)
        .join("; ")
        .slice(0, 500),
    );
    return error.violations.map(({ field, message }) => `${field} ${message}`);
  }
}

test("sound requests pass, at their limits too", () => {
  const sound = [
    () => embed({ text: "x".repeat(100_000), modelVersion: LOADED }),
    () => embedBatch({ texts: Array(256).fill("a") }),
    () => similarity(),
    () => search({ k: 1 }),
    ...["vector", "trigram", "hybrid", undefined].map((mode) => () => search({ mode })),
    () => search({ k: 1000, types: Array(100).fill("a"), branch: "b".repeat(200) }),
    () => store({ text: "", id: "i".repeat(256), type: "t".repeat(256) }),
  ];
  for (const check of sound) assert.deepEqual(refusals(check), []);
});

test("every wrong value is refused by its field", () => {
  const rows: [() => unknown, string[]][] = [
    [() => embed({ text: "" }), ["text must not be empty"]],
    [() => embed({ text: LONG }), ["text must have at most 100000 characters"]],
    [() => embed({ modelVersion: "" }), ["modelVersion must not be empty"]],
    [() => embed({ modelVersion: "other" }), ["modelVersion must be use-lite-0"]],
    [() => embedBatch({ texts: [] }), ["texts must have 1 to 256 items"]],
    [() => embedBatch({ texts: Array(257).fill("") }), ["texts must have 1 to 256 items"]],
    [
      () => embedBatch({ texts: ["a", "", LONG] }),
      ["texts[1] must not be empty", "texts[2] must have at most 100000 characters"],
    ],
    [() => similarity({ a: "", b: LONG }), ["a must not be empty", "b must have at most 100000 characters"]],
    ...[0, -1, 1001, 1e9, 1.5, Number.NaN].map((k): [() => unknown, string[]] => [
      () => search({ k }),
      ["k must be an integer from 1 to 1000"],
    ]),
    ...["", "fuzzy", "toString"].map((mode): [() => unknown, string[]] => [
      () => search({ mode }),
      ["mode must be one of vector, trigram, hybrid"],
    ]),
    [() => search({ query: "" }), ["query must not be empty"]],
    [() => search({ branch: "" }), ["branch must not be empty"]],
    [() => search({ branch: "b".repeat(201) }), ["branch must have at most 200 characters"]],
    [() => search({ types: Array(101).fill("a") }), ["types must have at most 100 items"]],
    [
      () => store({ branch: "", id: "", type: "", text: LONG, modelVersion: "x" }),
      [
        "branch must not be empty",
        "id must not be empty",
        "type must not be empty",
        "text must have at most 100000 characters",
        "modelVersion must be use-lite-0",
      ],
    ],
    [() => store({ id: "i".repeat(257) }), ["id must have at most 256 characters"]],
    [() => store({ type: "t".repeat(257) }), ["type must have at most 256 characters"]],
  ];
  for (const [check, expected] of rows) assert.deepEqual(refusals(check), expected);
});

test("no more than twenty refusals are listed", () => {
  assert.equal(refusals(() => embedBatch({ texts: Array(100).fill("") })).length, 20);
});

test("a lone surrogate becomes U+FFFD, as the wire would have it", () => {
  assert.equal(embed({ text: "a\ud800" }).text, "a\ufffd");
  assert.deepEqual(embedBatch({ texts: ["\udc00"] }).texts, ["\ufffd"]);
  assert.equal(store({ id: "\ud800" }).id, "\ufffd");
});
