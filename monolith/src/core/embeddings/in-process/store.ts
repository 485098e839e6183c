import { currentContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Doc, Kernel, Precondition, Write } from "@oms/data-kernel/client.ts";
import type { StoreReply, StoreRequest } from "../port.ts";
import type { Embed } from "./cache.ts";
import {
  embeddingBranch,
  hashOf,
  INDEXED,
  type IndexedBody,
  indexedId,
  VECTOR,
  type VectorBody,
  vectorId,
} from "./documents.ts";
import { decodeVector, encodeVector, type TextVector } from "./vector.ts";

const ATTEMPTS = 3;

export type Storing = {
  readonly kernel: Kernel;
  readonly env: string;
  readonly build: string;
  readonly modelVersion: string;
  readonly embed: Embed;
};
export type Entry = Omit<StoreRequest, "modelVersion">;
export type Stored = Pick<StoreReply, "outcome" | "textHash"> & { readonly vector: TextVector | undefined };

/** What one attempt is about to commit. */
type Draft = {
  readonly writes: Write[];
  readonly preconditions: Precondition[];
  readonly vector: TextVector | undefined;
};

/** Makes an object findable by its text, in one commit. */
export async function store(storing: Storing, entry: Entry): Promise<Stored> {
  const textHash = hashOf(entry.text);
  for (let attempt = 1; ; attempt++) {
    const draft = await draftOf(storing, entry, textHash);
    try {
      return { outcome: await commit(storing, entry, draft), textHash, vector: draft.vector };
    } catch (error) {
      if (attempt === ATTEMPTS || currentContext().shadow || !isOvertaken(error)) throw error;
    }
  }
}

async function draftOf(storing: Storing, entry: Entry, textHash: string): Promise<Draft> {
  const { kernel, env, modelVersion } = storing;
  const branch = embeddingBranch(env);
  const indexed = await kernel.get<IndexedBody>(branch, indexedId(entry.branch, entry.id));
  if (entry.text === "")
    return { writes: indexed ? [{ delete: indexed.id }] : [], preconditions: [], vector: undefined };
  const id = vectorId(modelVersion, textHash);
  const known = await kernel.get<VectorBody>(branch, id);
  const writes: Write[] = isCurrent(indexed, entry, modelVersion)
    ? []
    : [putIndexed(entry, textHash, modelVersion)];
  if (known) return { writes, preconditions: [], vector: vectorOf(known.body) };
  const [vector] = await storing.embed([entry.text]);
  if (!vector) throw new Error("the model answered no vector for a text");
  return {
    writes: [putVector(storing, { id, textHash, vector }), ...writes],
    preconditions: [{ absent: id }],
    vector,
  };
}

async function commit(
  { kernel, env, modelVersion }: Storing,
  entry: Entry,
  draft: Draft,
): Promise<StoreReply["outcome"]> {
  if (draft.writes.length === 0) return "unchanged";
  const { branch, id, type, text } = entry;
  const { changes } = await kernel.commit({
    branch: embeddingBranch(env),
    message: `index ${id}`,
    writes: draft.writes,
    preconditions: draft.preconditions,
    fingerprint: hashOf(JSON.stringify({ op: "store", branch, id, type, text, modelVersion })),
  });
  return changes.find(({ document }) => document.type === INDEXED)?.kind ?? "unchanged";
}

function isCurrent(
  indexed: Doc<IndexedBody> | undefined,
  { type, text }: Entry,
  modelVersion: string,
): boolean {
  const body = indexed?.body;
  return body?.type === type && body.text === text && body.modelVersion === modelVersion;
}

function vectorOf({ vector, poorlyCovered, truncated }: VectorBody): TextVector {
  return { vector: decodeVector(vector), poorlyCovered, truncated };
}

function putIndexed({ branch, id, type, text }: Entry, textHash: string, modelVersion: string): Write {
  const body: IndexedBody = { branch, id, type, text, textHash, modelVersion };
  return { put: { id: indexedId(branch, id), type: INDEXED, body } };
}

type NewVector = { readonly id: string; readonly textHash: string; readonly vector: TextVector };

function putVector({ modelVersion, build }: Storing, { id, textHash, vector }: NewVector): Write {
  const { poorlyCovered, truncated } = vector;
  const body: VectorBody = {
    modelVersion,
    textHash,
    vector: encodeVector(vector.vector),
    poorlyCovered,
    truncated,
    side: "in-process",
    build,
  };
  return { put: { id, type: VECTOR, body } };
}

/** Another writer came first. */
function isOvertaken(error: unknown): boolean {
  return error instanceof ServiceError && error.code === "ABORTED";
}
