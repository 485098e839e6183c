import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { z } from "zod";

const schema = z.object({
  format: z.literal(1),
  /** Unix milliseconds. */
  takenMs: z.number(),
  bytes: z.number(),
  /** Of the whole file, hex. */
  sha256: z.string(),
  branches: z.array(
    z.object({ name: z.string(), head: z.string(), commits: z.number(), sha256: z.string() }),
  ),
});

/** What a backup holds: written beside it, so that it can be checked without what it was made from. */
export type Manifest = z.infer<typeof schema>;

export function manifestFile(backup: string): string {
  return `${backup}.manifest.json`;
}

/** Throws when `backup` has none, or something else. */
export async function readManifest(backup: string): Promise<Manifest> {
  const file = manifestFile(backup);
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new Error(`${backup} has no manifest beside it (${file}): it is no backup, or an unfinished one`, {
      cause: error,
    });
  });
  return schema.parse(JSON.parse(text));
}

/** SHA-256 of a file, hex. */
export async function fileSha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
