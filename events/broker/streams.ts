import type { StreamInfo } from "@nats-io/jetstream";
import { invalid, ServiceError } from "@oms/chassis/errors/service-error.ts";
import { RESERVED, STREAMS, type StreamDefinition, streamNameOf } from "../streams.ts";
import type { Broker } from "./broker.ts";
import { planOf, setStream } from "./ensure-streams.ts";
import { asked, isWithoutStream } from "./refusals.ts";

export type StreamStatus = {
  readonly definition: StreamDefinition;
  readonly name: string;
  readonly messages: number;
  readonly bytes: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
};

const MS_NS = 1e6;

/** Makes or changes the stream that keeps a domain's events. INVALID_ARGUMENT on `domain` for one that is reserved. */
export async function putStream(broker: Broker, definition: StreamDefinition): Promise<StreamDefinition> {
  if (RESERVED.has(definition.domain)) throw invalid("domain", "is reserved");
  const { manager } = await broker.connected();
  await asked(() => setStream(manager, planOf(definition), broker.settings));
  return definition;
}

/** The streams of domains, by name: the system's own and others. */
export async function listStreams(broker: Broker): Promise<readonly StreamStatus[]> {
  const { manager } = await broker.connected();
  const found = await asked(async () => {
    const statuses: StreamStatus[] = [];
    for await (const info of manager.streams.list()) {
      const status = statusOf(info);
      if (status) statuses.push(status);
    }
    return statuses;
  });
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** FAILED_PRECONDITION on `domain` for one of the system's own. Does nothing where there is none. */
export async function deleteStream(broker: Broker, domain: string): Promise<void> {
  if (RESERVED.has(domain) || STREAMS.some((own) => own.domain === domain)) throw isOwn();
  const { manager } = await broker.connected();
  await asked(async () => {
    try {
      await manager.streams.delete(streamNameOf(domain));
    } catch (error) {
      if (!isWithoutStream(error)) throw error;
    }
  });
}

/** Undefined: it keeps no domain. */
function statusOf({ config, state }: StreamInfo): StreamStatus | undefined {
  const domain = config.name.toLowerCase();
  if (streamNameOf(domain) !== config.name || !config.subjects.includes(`*.${domain}.>`)) return undefined;
  return {
    definition: { domain, maxAgeMs: config.max_age / MS_NS, maxBytes: Math.max(0, config.max_bytes) },
    name: config.name,
    messages: state.messages,
    bytes: state.bytes,
    firstSequence: state.first_seq,
    lastSequence: state.last_seq,
  };
}

function isOwn(): ServiceError {
  const message = "is one of the system's own";
  return new ServiceError("FAILED_PRECONDITION", `domain ${message}`, [{ field: "domain", message }]);
}
