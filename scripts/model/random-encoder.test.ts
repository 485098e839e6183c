import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Tokenizer } from "@huggingface/tokenizers";
import { InferenceSession } from "onnxruntime-node";
import { SHAPES, writeRandomEncoder } from "./random-encoder.ts";
import { madeUpVocabulary } from "./word-piece.ts";

let directory = "";
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "random-encoder-"));
  await writeRandomEncoder(directory, "tiny");
});
after(() => rm(directory, { recursive: true }));

test("the model has the inputs and the output of a plain export", async () => {
  const { inputNames, outputNames } = await InferenceSession.create(join(directory, "model.onnx"));
  assert.deepEqual(inputNames, ["input_ids", "attention_mask", "token_type_ids"]);
  assert.deepEqual(outputNames, ["last_hidden_state"]);
});

test("every piece of a vocabulary is there once, as many as were asked for", () => {
  for (const { vocabulary } of Object.values(SHAPES)) {
    assert.equal(new Set(madeUpVocabulary(vocabulary)).size, vocabulary);
  }
});

test("the tokenizer knows its words whole, spells others, and frames a text with [CLS] and [SEP]", async () => {
  const json = async (name: string) => JSON.parse(await readFile(join(directory, name), "utf8"));
  const tokenizer = new Tokenizer(await json("tokenizer.json"), await json("tokenizer_config.json"));
  const word = madeUpVocabulary(SHAPES.tiny.vocabulary).at(-1) ?? "";
  assert.deepEqual(tokenizer.encode(`${word.toUpperCase()} ox고`).tokens, ["[CLS]", word, "[UNK]", "[SEP]"]);
  assert.deepEqual(tokenizer.encode("ox!").tokens, ["[CLS]", "o", "##x", "!", "[SEP]"]);
});
