import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Tokenizer } from "@huggingface/tokenizers";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { readModelDirectory } from "./directory.ts";
import { type Model, openModel } from "./model.ts";
import { writeRandomEncoder } from "./random-encoder.fixture.ts";
import { createTokeniser } from "./tokenizer.ts";

const TEXTS = [
  "order",
  "A customer places an order for three products.",
  "Invoice 4711 is overdue",
  "The warehouse ships every parcel within two days. ".repeat(8),
];

let directory = "";
let remove: () => Promise<void>;
let model: Model;

before(async () => {
  ({ directory, remove } = await writeRandomEncoder());
  const options = {
    workers: 1,
    threads: 1,
    provider: "cpu" as const,
    budget: 256,
    queueLimit: 100,
    ran() {},
  };
  model = await openModel({ ...options, directory });
});
after(async () => {
  await model.close();
  await remove();
});

/** What sentence-transformers does with a plain export, one text at a time: no padding, so a plain mean. */
async function reference(): Promise<(text: string) => Promise<Float32Array>> {
  const json = async (name: string) => JSON.parse(await readFile(join(directory, name), "utf8"));
  const tokenizer = new Tokenizer(await json("tokenizer.json"), await json("tokenizer_config.json"));
  const session = await InferenceSession.create(join(directory, "model.onnx"), { logSeverityLevel: 3 });
  const closing = tokenizer.token_to_id("[SEP]");
  return async (text) => {
    const all: number[] = tokenizer.encode(text).ids;
    const ids = all.length > 64 ? [...all.slice(0, 63), closing] : all;
    const tensor = (values: readonly number[]) =>
      new Tensor("int64", BigInt64Array.from(values, BigInt), [1, ids.length]);
    const { last_hidden_state: hidden } = await session.run({
      input_ids: tensor(ids),
      attention_mask: tensor(ids.map(() => 1)),
      token_type_ids: tensor(ids.map(() => 0)),
    });
    assert.ok(hidden?.data instanceof Float32Array);
    const mean = new Float64Array(32);
    hidden.data.forEach((value, index) => {
      mean[index % 32] = (mean[index % 32] ?? 0) + value / ids.length;
    });
    const length = Math.hypot(...mean);
    return Float32Array.from(mean, (value) => value / length);
  };
}

function worst(a: Float32Array | undefined, b: Float32Array): number {
  assert.equal(a?.length, b.length);
  return Math.max(...b.map((value, index) => Math.abs(value - (a?.[index] ?? Number.NaN))));
}

test("a plain export is pooled by the mean of its tokens and brought to unit length, alone and in a batch", async () => {
  const expected = await reference();
  const together = await model.embedBatch(TEXTS);
  for (const [index, text] of TEXTS.entries()) {
    const wanted = await expected(text);
    assert.ok(worst((await model.embed(text)).vector, wanted) < 2e-6, text);
    assert.ok(worst(together[index]?.vector, wanted) < 2e-6, `${text}, in a batch`);
  }
});

test("different texts have different vectors", async () => {
  const [a, b] = await model.embedBatch(["order", "delivery"]);
  assert.ok(a && b && worst(a.vector, b.vector) > 0.01);
});

test("a text over the limit is cut before its closing token", async () => {
  const tokenise = createTokeniser(await readModelDirectory(directory));
  const { ids, truncated } = tokenise("one two three ".repeat(40));
  assert.deepEqual([ids.length, ids[0], ids.at(-1), truncated], [64, 2, 3, true]);
  assert.equal(tokenise("one").truncated, false);
});

test("words the vocabulary cannot spell are unknown, and make a text poorly covered", async () => {
  const [english, korean] = await model.embedBatch(["a customer", "고객 주문"]);
  assert.deepEqual([english?.poorlyCovered, korean?.poorlyCovered], [false, true]);
});

test("without a file `version` the name of the directory and the bytes of the model are the version", async () => {
  assert.match(model.version, /^random-encoder-\w+-[0-9a-f]{12}$/);
  await writeFile(join(directory, "version"), "named-by-hand\n");
  assert.equal((await readModelDirectory(directory)).version, "named-by-hand");
  await writeFile(join(directory, "version"), " \n");
  assert.equal((await readModelDirectory(directory)).version, model.version);
  await rm(join(directory, "version"));
});

test("the vocabulary itself says what is unknown where the tokenizer's configuration does not", async () => {
  const read = await readModelDirectory(directory);
  const tokenise = createTokeniser({ ...read, tokenizerConfig: { model_max_length: 64 } });
  assert.deepEqual(
    [tokenise("a 고객 주문").poorlyCovered, tokenise("a customer").poorlyCovered],
    [true, false],
  );
});

test("an export without config.json is read too", async () => {
  const config = await readFile(join(directory, "config.json"));
  await rm(join(directory, "config.json"));
  const { maxTokens, padId, version } = await readModelDirectory(directory);
  assert.deepEqual([maxTokens, padId, version], [64, 0, model.version]);
  await writeFile(join(directory, "config.json"), config);
});
