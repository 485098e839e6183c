import { resultToWire } from "@oms/events/wire.ts";
import type { EventGatewayServiceImplementation } from "@oms/protos/oms/events/v1/events.ts";
import type { Queue } from "../management/queue.ts";

type Queueing = Pick<EventGatewayServiceImplementation, "getQueue" | "replayParked" | "discardParked">;

/** The queue as oms.events.v1 spells it. */
export function grpcQueue(queue: Queue): Queueing {
  return {
    async getQueue() {
      const { parked, ...status } = await queue.status();
      return { ...status, parked: [...parked] };
    },
    replayParked: async ({ id }) => ({ result: resultToWire(await queue.replay({ id })) }),
    async discardParked({ id }) {
      await queue.discard({ id });
      return {};
    },
  };
}
