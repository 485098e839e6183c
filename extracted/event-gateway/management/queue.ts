import { currentContext } from "@oms/chassis/context/context.ts";
import { isAnswer, ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { PublishResult } from "@oms/events/port.ts";
import { refusalOf } from "@oms/events/refusal.ts";
import type { Sender } from "../sender.ts";

/** What waits on this gateway's disk for NATS. */
export type QueueStatus = {
  /** There is no directory for a queue. */
  readonly absent: boolean;
  readonly events: number;
  readonly bytes: number;
  readonly maxBytes: number;
  /** When the event that waits longest was accepted, in Unix milliseconds; absent: none waits. */
  readonly oldestMs?: number;
  /** The oldest of them. */
  readonly parked: readonly ParkedEvent[];
};

/** An event that JetStream refused when its turn came. */
export type ParkedEvent = {
  readonly id: number;
  /** In the JSON format. */
  readonly event: string;
  readonly reason: string;
  readonly parkedMs: number;
};

/** What is asked of the queue, over gRPC and REST alike. NOT_FOUND on `id`: nothing is parked under it. */
export type Queue = {
  readonly status: () => Promise<QueueStatus>;
  /** Sends it once more; refused again, it stays parked. */
  readonly replay: (name: { readonly id: number }) => Promise<PublishResult>;
  readonly discard: (name: { readonly id: number }) => Promise<void>;
};

export function createQueue(sender: Sender): Queue {
  return {
    async status() {
      const status = await sender.status();
      if (!status) return { absent: true, events: 0, bytes: 0, maxBytes: 0, parked: [] };
      const { events, bytes, maxBytes, oldestMs, oldestParked } = status;
      return {
        absent: false,
        events,
        bytes,
        maxBytes,
        ...(oldestMs !== undefined && { oldestMs }),
        parked: oldestParked.map(({ id, body, reason, parkedMs }) => ({ id, event: body, reason, parkedMs })),
      };
    },
    async replay({ id }) {
      refuseShadow();
      try {
        return { receipt: await sender.replayParked(id) };
      } catch (error) {
        if (error instanceof ServiceError && isAnswer(error) && error.code !== "NOT_FOUND")
          return { refusal: refusalOf(error) };
        throw error;
      }
    },
    async discard({ id }) {
      refuseShadow();
      await sender.discardParked(id);
    },
  };
}

/** What is parked is this gateway's alone: there is no other side to compare with. */
function refuseShadow(): void {
  if (currentContext().shadow)
    throw new ServiceError("FAILED_PRECONDITION", "what is parked is left alone by a shadow call");
}
