import { createHash } from "node:crypto";
import { z } from "zod";

/** One vector of one text under one model; never overwritten, whichever side wrote it. */
const vectorSchema = z.object({
  modelVersion: z.string(),
  textHash: z.string(),
  /** Base64 of little-endian float32. */
  vector: z.base64(),
  poorlyCovered: z.boolean(),
  truncated: z.boolean(),
  side: z.enum(["extracted", "in-process"]),
  build: z.string(),
});

/** What an object is found by. `branch` is the ontology branch it lives on. */
const indexedSchema = z.object({
  branch: z.string(),
  id: z.string(),
  type: z.string(),
  text: z.string(),
  textHash: z.string(),
  modelVersion: z.string(),
});

export type VectorBody = z.infer<typeof vectorSchema>;
export type IndexedBody = z.infer<typeof indexedSchema>;

export const VECTOR = "Vector";
export const INDEXED = "Indexed";

/** Both throw when the document has not the shape both sides agreed on. */
export const parseVector = (body: unknown): VectorBody => vectorSchema.parse(body);
export const parseIndexed = (body: unknown): IndexedBody => indexedSchema.parse(body);

export function vectorId(modelVersion: string, textHash: string): string {
  return `${VECTOR}/${modelVersion}/${textHash}`;
}

export function indexedId(branch: string, id: string): string {
  return `${INDEXED}/${branch}/${id}`;
}

/** SHA-256 of the whole text, hex. */
export function hashText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

export function encodeVector(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, index) => void bytes.writeFloatLE(value, index * 4));
  return bytes.toString("base64");
}

export function decodeVector(encoded: string): Float32Array {
  const bytes = Buffer.from(encoded, "base64");
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
}
