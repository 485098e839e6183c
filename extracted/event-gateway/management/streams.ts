import { currentContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Logger } from "@oms/chassis/log.ts";
import type { Broker } from "@oms/events/broker/broker.ts";
import { deleteStream, listStreams, putStream, type StreamStatus } from "@oms/events/broker/streams.ts";
import type { EventDocuments } from "@oms/events/documents.ts";
import { RESERVED, STREAMS, type StreamDefinition } from "@oms/events/streams.ts";
import { DOMAIN } from "@oms/events/subscriber.ts";
import { z } from "zod";
import { valid } from "../valid.ts";

const LONGEST_MS = 10 * 366 * 24 * 3600 * 1000;

const definition = z.strictObject({
  domain: z.string().regex(DOMAIN, "must be lower-case letters, digits and -"),
  maxAgeMs: z
    .int("must be a whole number of milliseconds")
    .min(1000, "must be at least 1000")
    .max(LONGEST_MS, `must be at most ${LONGEST_MS}`),
  maxBytes: z.int("must be a whole number").min(0, "must not be negative").default(0),
});

export type StreamInput = z.input<typeof definition>;

/** What is asked of streams, over gRPC and REST alike. */
export type Streams = {
  /** INVALID_ARGUMENT with the field; FAILED_PRECONDITION on `domain` for one of the system's own. */
  readonly put: (input: StreamInput) => Promise<StreamDefinition>;
  readonly list: () => Promise<readonly StreamStatus[]>;
  /** FAILED_PRECONDITION on `domain`: it is one of the system's own, or somebody follows it. */
  readonly delete: (name: { readonly domain: string }) => Promise<void>;
  /** FAILED_PRECONDITION on `domain` for one that no stream keeps. */
  readonly require: (domain: string) => Promise<void>;
};

export type StreamsParts = {
  readonly broker: Broker;
  readonly documents: EventDocuments<StreamDefinition>;
  /** Who follows a domain, as a sentence names it. */
  readonly followersOf: (domain: string) => Promise<readonly string[]>;
};

const OWN: ReadonlySet<string> = new Set([...STREAMS.map(({ domain }) => domain), ...RESERVED]);

/** The kernel has what streams there are to be, JetStream has them: a shadow call leaves JetStream alone. */
export function createStreams({ broker, documents, followersOf }: StreamsParts): Streams {
  return {
    async put(input) {
      const asked = valid(definition, input);
      refuseOwn(asked.domain);
      await documents.put(asked.domain, asked);
      return currentContext().shadow ? asked : putStream(broker, asked);
    },
    list: () => listStreams(broker),
    async delete({ domain }) {
      refuseOwn(domain);
      const [follower] = await followersOf(domain);
      if (follower !== undefined) throw refused(`is followed by ${follower}`);
      await documents.delete(domain);
      if (!currentContext().shadow) await deleteStream(broker, domain);
    },
    require: domainRule(documents),
  };
}

/** `Streams.require` */
export function domainRule(documents: EventDocuments<StreamDefinition>): Streams["require"] {
  return async (domain) => {
    if (domain === "commits" || STREAMS.some((own) => own.domain === domain)) return;
    if (!(await documents.get(domain))) throw refused("has no stream");
  };
}

/** Makes anew, at every connection, what NATS has lost of the streams that were put. */
export function keepStreams(
  { broker, documents }: Pick<StreamsParts, "broker" | "documents">,
  log: Pick<Logger, "warn">,
): void {
  const putAll = async () => {
    for (const { body } of await documents.list()) await putStream(broker, body);
  };
  broker.onConnected(() => {
    putAll().catch((err: unknown) => log.warn({ err }, "the streams that were put could not all be made"));
  });
}

function refuseOwn(domain: string): void {
  if (OWN.has(domain)) throw refused("is one of the system's own");
}

function refused(message: string): ServiceError {
  return new ServiceError("FAILED_PRECONDITION", `domain ${message}`, [{ field: "domain", message }]);
}
