import { createHash } from "node:crypto";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { type ErrorCode, isTooLarge, ServiceError } from "@oms/chassis/errors/service-error.ts";
import { openChannel } from "@oms/chassis/grpc-channel.ts";
import { EmbeddingServiceDefinition } from "@oms/protos/oms/embedding/v1/embedding.ts";
import { z } from "zod";
import type { Document, Store } from "../../store/port.ts";
import { type Entry, Poison, type Sink } from "../sink.ts";
import { textOf } from "./object-text.ts";
import { traceparentOf } from "./traceparent.ts";

export type DerivedOptions = {
  readonly store: Store;
  /** `host:port` of the embedding-service's gRPC, or several. */
  readonly address: string;
  /** The version of the model that vectors are to be of. */
  readonly modelVersion: string;
};

/** OMS's name for its branches, and for the documents of its objects. */
const ONTOLOGY = "oms";
const OBJECT = "Object/";
const DEADLINE_MS = 8000;

const object = z.object({ id: z.string(), type: z.string(), properties: z.record(z.string(), z.unknown()) });

/**
 * Has the embedding-service embed every object of the ontology that changed, as it is by the time its turn comes, so
 * that turns may come late or twice.
 */
export function derivedSink({ store, address, modelVersion }: DerivedOptions): Sink {
  const channel = openChannel(EmbeddingServiceDefinition, { address, deadlineMs: DEADLINE_MS });
  const bring = async (branch: string, entry: Entry) => {
    const { document } = await store.get({ branch, id: entry.key, at: "" });
    const request = { modelVersion, ...requestOf(branch, entry, document) };
    const key = keyOf(entry, document, request);
    const traceparent = traceparentOf(entry.commit);
    const traced = traceparent === undefined ? {} : { traceparent };
    const context = newContext({ author: "data-kernel@oms", branch: request.branch, key, ...traced });
    await runInContext(context, () => channel.client.store(request)).catch(asPoison);
  };
  return {
    name: "derived",
    wants: (branch) => branch.split("/")[1] === ONTOLOGY,
    entriesOf: ({ commit, changes, skip }) =>
      changes.flatMap((change, i) =>
        change.document.id.startsWith(OBJECT)
          ? [{ commit, n: skip + i, key: change.document.id, changes: [change] }]
          : [],
      ),
    most: 1,
    gatherMs: 200,
    deliver: async (branch, entries) => {
      for (const entry of entries) await bring(branch, entry);
    },
    close: async () => channel.close(),
  };
}

/** An object that is gone has no text: nothing finds it any more. */
function requestOf(branch: string, { changes }: Entry, now: Document | undefined) {
  const known = object.safeParse(JSON.parse((now ?? changes[0]?.document)?.body ?? "null"));
  if (!known.success) throw new Poison("the document is no object of the ontology");
  const { id, type } = known.data;
  return { branch: branch.split("/")[2] ?? "", id, type, text: now ? textOf(known.data) : "" };
}

/** The same for the same revision of the object, whichever of its changes asks. */
function keyOf({ commit }: Entry, now: Document | undefined, request: object): string {
  const asked = JSON.stringify([now?.revision ?? commit.id, request]);
  return `derived/${createHash("sha256").update(asked).digest("hex")}`;
}

const FINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["INVALID_ARGUMENT", "FAILED_PRECONDITION"]);

/** What is wrong with the object stays wrong; another model than is wanted is the service's trouble. */
function asPoison(error: unknown): never {
  if (!(error instanceof ServiceError)) throw error;
  const ofService = error.violations.some(({ field }) => field === "modelVersion");
  if (ofService || !(FINAL.has(error.code) || isTooLarge(error))) throw error;
  throw new Poison(error.message, { cause: error });
}
