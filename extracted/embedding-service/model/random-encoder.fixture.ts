import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const WRITER = join(import.meta.dirname, "../../../scripts/model/random-encoder.ts");

/** A plain HuggingFace export in a directory of its own: BERT's shape, tiny, random weights, 64 tokens at most. */
export async function writeRandomEncoder(): Promise<{ directory: string; remove: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), "random-encoder-"));
  await promisify(execFile)(process.execPath, [WRITER, directory, "tiny"]);
  return { directory, remove: () => rm(directory, { recursive: true }) };
}
