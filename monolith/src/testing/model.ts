import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const WRITER = resolve(import.meta.dirname, "../../../scripts/model/random-encoder.ts");

/** A plain HuggingFace export in a folder of its own: BERT's shape, tiny, random weights, 64 tokens at most. */
export async function writeRandomEncoder(): Promise<{ dir: string; remove: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), "random-encoder-"));
  await promisify(execFile)(process.execPath, [WRITER, dir, "tiny"]);
  return { dir, remove: () => rm(dir, { recursive: true }) };
}

/** The model the set-up converts. */
export const MODEL_DIR =
  process.env["EMBEDDING_MODEL_DIR"] ?? resolve(import.meta.dirname, "../../../.services/models/use-lite");
