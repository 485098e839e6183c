import { createHash, type Hash } from "node:crypto";
import { z } from "zod";

/**
 * An archive is gzipped NDJSON: first the branch, then its own commits with their changes, oldest first, a large
 * commit in several parts; last the end, without which an archive is not whole.
 */
export const beginning = z.object({
  format: z.literal(1),
  /** Unix milliseconds. */
  archivedMs: z.number(),
  branch: z.object({
    name: z.string(),
    head: z.string(),
    origin: z.string(),
    originCommit: z.string(),
    createdMs: z.number(),
  }),
});
export type Beginning = z.infer<typeof beginning>;

export const part = z.object({
  commit: z.object({
    id: z.string(),
    key: z.string(),
    branch: z.string(),
    author: z.string(),
    message: z.string(),
    traceId: z.string(),
    timeMs: z.number(),
    sequence: z.number(),
  }),
  fingerprint: z.string(),
  changes: z.array(
    z.object({
      kind: z.enum(["created", "updated", "deleted"]),
      document: z.object({ id: z.string(), type: z.string(), body: z.string(), revision: z.string() }),
    }),
  ),
});

export const end = z.object({
  commits: z.number(),
  /** As backup/digest.ts has it. */
  digest: z.string(),
  /** SHA-256 (hex) of all lines before this one, each with its newline. */
  sha256: z.string(),
});
export type End = z.infer<typeof end>;

/** The checksum of an archive's lines as they are written or read. */
export class Checksum {
  readonly #hash: Hash = createHash("sha256");

  add(line: string): void {
    this.#hash.update(`${line}\n`);
  }

  end(): string {
    return this.#hash.digest("hex");
  }
}
