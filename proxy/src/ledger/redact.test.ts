import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { redact } from "./redact.ts";
import { sampleOf } from "./sample.ts";

test("no text of six letters or more survives", () => {
  const secret = fc.string({ minLength: 6, unit: fc.constantFrom("s", "e", "c", "r", "t", "z") });
  fc.assert(
    fc.property(secret, fc.integer(), (text, seed) => {
      const kept = JSON.stringify(redact({ a: [text, { b: text }] }, seed));
      assert.ok(!kept.includes(text));
    }),
  );
});

test("figures stay, texts become length and hash, vectors a summary", () => {
  const vector = new Array(512).fill(1 / Math.sqrt(512));
  const kept = redact({ k: 10, deep: [true, null], text: "hello", vector }, 1);
  assert.deepEqual(kept, {
    k: 10,
    deep: [true, null],
    text: "5 characters d31abf1447e6",
    vector: "512 numbers, norm 1.00000: 0.0441942, 0.0441942, 0.0441942, 0.0441942 …",
  });
});

test("the same text and seed give the same sample again, another seed another", () => {
  assert.equal(redact("hello", 1), redact("hello", 1));
  assert.notEqual(redact("hello", 1), redact("hello", 2));
});

test("a circle is cut off", () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  assert.match(JSON.stringify(redact(circle, 1)), /…/);
});

const mismatch = {
  method: "embed",
  stage: "shadow",
  because: "cosine 0.5, at least 0.99 wanted",
  args: [{ text: "a text" }],
  authority: { side: "in-process", durationMs: 1, outcome: { kind: "value", value: [1, 2] } },
  watched: {
    side: "extracted",
    durationMs: 1,
    outcome: { kind: "answer", error: Object.assign(new Error("a secret"), { code: "NOT_FOUND" }) },
  },
} as const;

test("a sample shows values redacted and errors by their code", () => {
  const { at, ...sample } = sampleOf({ ...mismatch, args: [...mismatch.args] }, 7);
  assert.ok(at > 0);
  assert.deepEqual(sample, {
    method: "embed",
    stage: "shadow",
    because: "cosine 0.5, at least 0.99 wanted",
    seed: 7,
    args: [{ text: redact("a text", 7) }],
    authority: { value: [1, 2] },
    watched: { answer: "NOT_FOUND" },
  });
});

test("a capability may redact by itself, and nothing grows past a few thousand characters", () => {
  const sample = sampleOf({ ...mismatch, args: [...mismatch.args] }, 7, () => "x".repeat(100_000));
  assert.ok(JSON.stringify(sample).length < 10_000);
});
