import assert from "node:assert/strict";
import { test } from "node:test";
import { fingerprintOf } from "./fingerprint.ts";
import type { Write } from "./store/port.ts";

const a: Write = { put: { id: "a", type: "Note", body: '{"n":1}' } };
const b: Write = { delete: "b" };

test("the order of writes does not matter to a fingerprint", () => {
  assert.equal(fingerprintOf([a, b]), fingerprintOf([b, a]));
});

test("another id, type, operation or spelling of a number is another fingerprint", () => {
  const others: Write[] = [
    { put: { id: "x", type: "Note", body: '{"n":1}' } },
    { put: { id: "a", type: "x", body: '{"n":1}' } },
    { put: { id: "a", type: "Note", body: '{"n":1.0}' } },
    { delete: "a" },
  ];
  const all = [a, ...others].map((write) => fingerprintOf([write]));
  assert.equal(new Set(all).size, all.length);
});
