import { createHash } from "node:crypto";

/** A vector; written once, then never changed or deleted. */
export type VectorBody = {
  readonly modelVersion: string;
  readonly textHash: string;
  /** Base64 of little-endian float32. */
  readonly vector: string;
  readonly poorlyCovered: boolean;
  readonly truncated: boolean;
  readonly side: "in-process" | "extracted";
  readonly build: string;
};

/** That an object of an ontology branch is found by a text. */
export type IndexedBody = {
  readonly branch: string;
  readonly id: string;
  readonly type: string;
  readonly text: string;
  readonly textHash: string;
  readonly modelVersion: string;
};

export const VECTOR = "Vector";
export const INDEXED = "Indexed";

export const vectorId = (modelVersion: string, textHash: string) => `Vector/${modelVersion}/${textHash}`;
export const indexedId = (branch: string, id: string) => `Indexed/${branch}/${id}`;

/** The kernel branch both sides keep their documents on. */
export const embeddingBranch = (env: string) => `${env}/embedding/main`;

/** SHA-256 of the text's UTF-8, hex. */
export const hashOf = (text: string) => createHash("sha256").update(text, "utf8").digest("hex");
