import { currentContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Kernel, Write } from "@oms/data-kernel/client.ts";
import type { Branches } from "./branches.ts";
import type { Model } from "./model/model.ts";
import type { Embedding, StoreReply, StoreRequest } from "./port.ts";
import {
  decodeVector,
  encodeVector,
  hashText,
  INDEXED,
  type IndexedBody,
  indexedId,
  parseIndexed,
  parseVector,
  VECTOR,
  type VectorBody,
  vectorId,
} from "./search/documents.ts";

export type StoreParts = {
  readonly kernel: Kernel;
  readonly model: Model;
  readonly branches: Branches;
  /** Stamped on every vector the service makes. */
  readonly build: string;
};

const ATTEMPTS = 3;

type Target = { readonly vectorId: string; readonly indexedId: string; readonly body: IndexedBody };
type Stored = { readonly embedding: Embedding | undefined; readonly indexed: IndexedBody | undefined };

/**
 * Makes an object findable by its text, in one commit under the call's key; an empty text makes it unfindable.
 * A vector another side stored for the same text is kept and answered. Takes a valid request.
 */
export async function storeObject(parts: StoreParts, request: StoreRequest): Promise<StoreReply> {
  const target = targetOf(request, parts.model.version);
  for (let attempt = 1; ; attempt++) {
    try {
      return await storeOnce(parts, target);
    } catch (error) {
      const raced = error instanceof ServiceError && error.code === "ABORTED";
      if (!raced || attempt === ATTEMPTS || currentContext().shadow) throw error;
    }
  }
}

function targetOf({ branch, id, type, text }: StoreRequest, modelVersion: string): Target {
  const textHash = hashText(text);
  return {
    vectorId: vectorId(modelVersion, textHash),
    indexedId: indexedId(branch, id),
    body: { branch, id, type, text, textHash, modelVersion },
  };
}

async function storeOnce(parts: StoreParts, target: Target): Promise<StoreReply> {
  const { modelVersion, text, textHash } = target.body;
  const stored = await readStored(parts, target);
  if (text === "") {
    const writes = stored.indexed ? [{ delete: target.indexedId }] : [];
    return { modelVersion, outcome: await commit(parts, target, writes), textHash, embedding: null };
  }
  const embedding = stored.embedding ?? (await parts.model.embed(text));
  const writes: Write[] = [];
  if (!stored.embedding) writes.push({ put: vectorDocument(parts, target, embedding) });
  if (!isSame(stored.indexed, target.body)) {
    writes.push({ put: { id: target.indexedId, type: INDEXED, body: target.body } });
  }
  return { modelVersion, outcome: await commit(parts, target, writes), textHash, embedding };
}

async function readStored({ kernel, branches }: StoreParts, target: Target): Promise<Stored> {
  const [vector, indexed] = await Promise.all([
    kernel.get<unknown>(branches.embedding, target.vectorId),
    kernel.get<unknown>(branches.embedding, target.indexedId),
  ]);
  return {
    embedding: vector && toEmbedding(parseVector(vector.body)),
    indexed: indexed && parseIndexed(indexed.body),
  };
}

/** A vector is only ever added: who finds another side's in its place reads again and keeps that one. */
async function commit(
  { kernel, branches }: StoreParts,
  target: Target,
  writes: readonly Write[],
): Promise<StoreReply["outcome"]> {
  if (writes.length === 0) return "unchanged";
  const addsVector = writes.some((write) => "put" in write && write.put.type === VECTOR);
  const { changes } = await kernel.commit({
    branch: branches.embedding,
    message: `index ${target.body.id}`,
    writes,
    preconditions: addsVector ? [{ absent: target.vectorId }] : [],
    fingerprint: fingerprintOf(target.body),
  });
  return changes.find(({ document }) => document.id === target.indexedId)?.kind ?? "unchanged";
}

/** What was asked for, the same from both sides: vectors may differ in their last bits. */
function fingerprintOf({ branch, id, type, text, modelVersion }: IndexedBody): string {
  return hashText(JSON.stringify({ op: "store", branch, id, type, text, modelVersion }));
}

function vectorDocument({ build }: StoreParts, { vectorId, body }: Target, embedding: Embedding) {
  const { modelVersion, textHash } = body;
  const { poorlyCovered, truncated } = embedding;
  const vector = encodeVector(embedding.vector);
  const side = "extracted" as const;
  const stored: VectorBody = { modelVersion, textHash, vector, poorlyCovered, truncated, side, build };
  return { id: vectorId, type: VECTOR, body: stored };
}

function toEmbedding({ vector, poorlyCovered, truncated }: VectorBody): Embedding {
  return { vector: decodeVector(vector), poorlyCovered, truncated };
}

function isSame(stored: IndexedBody | undefined, wanted: IndexedBody): boolean {
  return (
    stored?.textHash === wanted.textHash &&
    stored.type === wanted.type &&
    stored.modelVersion === wanted.modelVersion
  );
}
