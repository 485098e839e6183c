import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { openChannel } from "@oms/chassis/grpc-channel.ts";
import type { Event } from "@oms/events/event.ts";
import type { Outcome, Publisher, PublishResult, Receipt } from "@oms/events/port.ts";
import { publishResult, receipt } from "@oms/events/replies.ts";
import * as wire from "@oms/protos/oms/events/v1/events.ts";
import type { z } from "zod";

/** The strangler's own deadline, by method, comes first. */
const LAST_RESORT_MS = 30_000;
/** A batch of large events; one far over its limit is refused by name. */
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

/** Publishing through the event gateway. An answer that is not what the port says is UNAVAILABLE. */
export class EventGatewayClient implements Publisher {
  readonly #channel;

  /** `address` is `host:port`. The strangler has the breaker of this hop, so the channel has none. */
  constructor({ address }: { address: string }) {
    this.#channel = openChannel(wire.EventGatewayServiceDefinition, {
      address,
      breaker: false,
      deadlineMs: LAST_RESORT_MS,
      maxMessageBytes: MAX_MESSAGE_BYTES,
    });
  }

  /** The build that answered last; `unknown` before. */
  build(): string {
    return this.#channel.build();
  }

  close(): void {
    this.#channel.close();
  }

  async publish(event: Event): Promise<Receipt> {
    const answer = await this.#channel.client.publish({ event: JSON.stringify(event) });
    return checked(receipt, () => receiptFromWire(answer.receipt));
  }

  async publishBatch(events: readonly Event[]): Promise<readonly PublishResult[]> {
    const asked = { events: events.map((event) => JSON.stringify(event)) };
    const { results } = await this.#channel.client.publishBatch(asked);
    if (results.length !== events.length) throw garbage("another number of results than events");
    return results.map(({ result }) => checked(publishResult, () => resultFromWire(result)));
  }
}

function resultFromWire(result: wire.PublishResult["result"]): unknown {
  if (result?.$case === "refusal") return { refusal: result.value };
  return { receipt: receiptFromWire(result?.value) };
}

/** The wire has "" and 0 for where something is that is not stored. */
function receiptFromWire(given: wire.Receipt | undefined): unknown {
  if (!given) return undefined;
  const { source, id, outcome, stream, sequence, duplicate, envelope } = given;
  return {
    source,
    id,
    outcome: OUTCOMES[outcome],
    ...(outcome === wire.Outcome.OUTCOME_STORED && { stream, sequence, duplicate }),
    ...(envelope && { envelope }),
  };
}

const OUTCOMES: Readonly<Record<number, Outcome>> = {
  [wire.Outcome.OUTCOME_STORED]: "stored",
  [wire.Outcome.OUTCOME_QUEUED]: "queued",
  [wire.Outcome.OUTCOME_RECORDED]: "recorded",
};

function checked<S extends z.ZodType>(schema: S, read: () => unknown): z.infer<S> {
  const parsed = schema.safeParse(read());
  if (parsed.success) return parsed.data;
  throw garbage("what it may not answer", parsed.error);
}

function garbage(what: string, cause?: unknown): ServiceError {
  return new ServiceError("UNAVAILABLE", `the event gateway answered ${what}`, [], cause);
}
