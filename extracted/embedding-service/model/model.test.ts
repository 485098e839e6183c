import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { MODEL_DIRECTORY } from "../model.fixture.ts";
import type { Embedding } from "../port.ts";
import { cosine } from "../search/cosine.ts";
import { type Model, openModel } from "./model.ts";

let model: Model;
const batches: { rows: number; tokens: number }[] = [];

before(async () => {
  const ran = (batch: { rows: number; tokens: number }) => void batches.push(batch);
  model = await openModel({
    directory: MODEL_DIRECTORY,
    workers: 2,
    threads: 1,
    provider: "cpu",
    budget: 256,
    queueLimit: 1000,
    ran,
  });
});
after(() => model.close());

const TEXTS = [
  "order",
  "A customer places an order for three products.",
  "고객 주문",
  "The warehouse ships every parcel within two days, unless it is a holiday or the carrier is on strike. ".repeat(
    3,
  ),
  " ",
  "Invoice",
];

test("a text's vector does not depend on the texts it shares a batch with", async () => {
  const alone: Embedding[] = [];
  for (const text of TEXTS) alone.push(await model.embed(text));
  const together = await model.embedBatch([...TEXTS, ...TEXTS.toReversed()]);
  TEXTS.forEach((text, index) => {
    const expected = alone[index]?.vector ?? new Float32Array();
    for (const place of [index, 2 * TEXTS.length - 1 - index]) {
      const vector = together[place]?.vector ?? new Float32Array();
      const worst = Math.max(...expected.map((value, at) => Math.abs(value - (vector[at] ?? Number.NaN))));
      assert.ok(worst < 2e-6, `"${text}" differs by ${worst}`);
    }
  });
});

test("vectors have unit length, also for a text of white space", async () => {
  for (const { vector } of await model.embedBatch(TEXTS)) {
    assert.equal(vector.length, 512);
    assert.ok(Math.abs(cosine(vector, vector) - 1) < 1e-5);
  }
});

test("texts of different meaning have different vectors", async () => {
  const [a, b] = await model.embedBatch(["A customer places an order.", "The weather is fine today."]);
  assert.ok(a && b && cosine(a.vector, b.vector) < 0.8);
});

test("a batch keeps the order of its texts", async () => {
  const many = Array.from(
    { length: 120 },
    (_, index) => `${"part ".repeat(1 + ((index * 7) % 40))}number ${index}`,
  );
  const together = await model.embedBatch(many);
  for (const index of [0, 1, 59, 60, 119]) {
    const alone = await model.embed(many[index] ?? "");
    assert.ok(
      cosine(alone.vector, together[index]?.vector ?? new Float32Array()) > 0.999999,
      `text ${index}`,
    );
  }
});

test("concurrent single requests share batches", async () => {
  batches.length = 0;
  await Promise.all(Array.from({ length: 24 }, (_, index) => model.embed(`request number ${index}`)));
  assert.equal(
    batches.reduce((sum, { rows }) => sum + rows, 0),
    24,
  );
  assert.ok(batches.length <= 6, `${batches.length} batches`);
});

test("a directory without a model says what to do", async () => {
  const options = { workers: 1, threads: 1, provider: "cpu" as const, budget: 256, queueLimit: 10, ran() {} };
  await assert.rejects(openModel({ ...options, directory: "/nowhere" }), /EMBEDDING_MODEL_DIR/);
});
