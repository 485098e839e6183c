import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { seeded } from "../story/random.ts";
import { type BertShape, bert } from "./graph/bert.ts";
import { encodeModel } from "./onnx-file.ts";
import { madeUpVocabulary, tokenizerConfig, tokenizerFile } from "./word-piece.ts";

/** `minilm` has the sizes of all-MiniLM-L6-v2; `tiny` takes a moment to write and to run. */
export const SHAPES = {
  minilm: { vocabulary: 30_522, positions: 512, width: 384, layers: 6, heads: 12, feedForward: 1536 },
  tiny: { vocabulary: 1000, positions: 64, width: 32, layers: 2, heads: 4, feedForward: 64 },
} as const satisfies Record<string, BertShape>;

export type ShapeName = keyof typeof SHAPES;

const SEED = 1;

/**
 * Writes a directory as HuggingFace's tools export a sentence encoder: model.onnx, tokenizer.json,
 * tokenizer_config.json, config.json. Its weights and words mean nothing; they are the same every time.
 */
export async function writeRandomEncoder(directory: string, name: ShapeName): Promise<void> {
  const shape = SHAPES[name];
  const random = seeded(SEED);
  const draw = (count: number, limit: number) =>
    Float32Array.from({ length: count }, () => (2 * random() - 1) * limit);
  const files = {
    "model.onnx": encodeModel(bert(shape, draw), { source: "random weights" }),
    "tokenizer.json": JSON.stringify(tokenizerFile(madeUpVocabulary(shape.vocabulary))),
    "tokenizer_config.json": JSON.stringify(tokenizerConfig(shape.positions)),
    "config.json": JSON.stringify(modelConfig(shape)),
  };
  await mkdir(directory, { recursive: true });
  for (const [file, content] of Object.entries(files)) await writeFile(join(directory, file), content);
}

function modelConfig(shape: BertShape): object {
  return {
    model_type: "bert",
    hidden_size: shape.width,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    intermediate_size: shape.feedForward,
    max_position_embeddings: shape.positions,
    vocab_size: shape.vocabulary,
    pad_token_id: 0,
  };
}

function isShape(name: string | undefined): name is ShapeName {
  return name !== undefined && Object.hasOwn(SHAPES, name);
}

if (import.meta.main) {
  const [directory, name] = process.argv.slice(2);
  if (!directory || !isShape(name)) {
    throw new Error(
      `usage: node scripts/model/random-encoder.ts <directory> ${Object.keys(SHAPES).join("|")}`,
    );
  }
  await writeRandomEncoder(directory, name);
}
