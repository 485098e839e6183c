import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { z } from "zod";

export type ModelDirectory = {
  readonly version: string;
  /** Tokens of one text, special ones included. */
  readonly maxTokens: number;
  readonly padId: number;
  readonly tokenizer: z.infer<typeof tokenizerSchema>;
  readonly tokenizerConfig: z.infer<typeof tokenizerConfigSchema>;
};

const configSchema = z.object({
  pad_token_id: z.number().int().nonnegative().default(0),
  max_position_embeddings: z.number().int().positive().optional(),
});
const tokenName = z.union([
  z.string(),
  z.object({ content: z.string() }).transform(({ content }) => content),
]);
/** What stands for a piece that is not known: by its id, by its name, or not at all. */
const tokenizerSchema = z.looseObject({
  model: z.looseObject({ unk_id: z.number().nullish(), unk_token: z.string().nullish() }),
});
const tokenizerConfigSchema = z.looseObject({
  unk_token: tokenName.nullish(),
  model_max_length: z.number().positive().optional(),
});

const MODEL = "model.onnx";
const TOKENIZER = "tokenizer.json";

/** Where neither file of a HuggingFace export names the limit, BERT's. */
const USUAL_MAX_TOKENS = 512;

export function onnxPathOf(directory: string): string {
  return join(directory, MODEL);
}

/**
 * Reads a HuggingFace export: model.onnx, tokenizer.json, tokenizer_config.json, and where there is one config.json.
 * A file `version` names the model; without it the directory's name and content do.
 */
export async function readModelDirectory(directory: string): Promise<ModelDirectory> {
  try {
    return await readFiles(directory);
  } catch (cause) {
    const advice = "run the set-up (npm run setup) or set EMBEDDING_MODEL_DIR to a HuggingFace export";
    throw new Error(`There is no usable model in ${directory}: ${advice}`, { cause });
  }
}

async function readFiles(directory: string): Promise<ModelDirectory> {
  const text = (name: string) => readFile(join(directory, name), "utf8");
  const config = configSchema.parse(JSON.parse((await unlessMissing(text("config.json"))) ?? "{}"));
  const tokenizerConfig = tokenizerConfigSchema.parse(JSON.parse(await text("tokenizer_config.json")));
  return {
    version: await readVersion(directory),
    maxTokens: Math.min(
      tokenizerConfig.model_max_length ?? Number.POSITIVE_INFINITY,
      config.max_position_embeddings ?? USUAL_MAX_TOKENS,
    ),
    padId: config.pad_token_id,
    tokenizer: tokenizerSchema.parse(JSON.parse(await text(TOKENIZER))),
    tokenizerConfig,
  };
}

/** What the file `version` says, else a name made from the directory's and the bytes that decide a vector. */
async function readVersion(directory: string): Promise<string> {
  const written = (await unlessMissing(readFile(join(directory, "version"), "utf8")))?.trim();
  if (written) return written;
  const hash = createHash("sha256");
  for (const name of [MODEL, TOKENIZER]) {
    for await (const chunk of createReadStream(join(directory, name))) hash.update(chunk);
  }
  return `${basename(resolve(directory))}-${hash.digest("hex").slice(0, 12)}`;
}

async function unlessMissing(reading: Promise<string>): Promise<string | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
