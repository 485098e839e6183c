import type { Broker } from "@oms/events/broker/broker.ts";
import { streamNameOf } from "@oms/events/streams.ts";

/** Of the stream that keeps a domain. UNAVAILABLE while NATS is away. */
export async function lastSequenceOf(broker: Broker, domain: string): Promise<number> {
  const { manager } = await broker.connected();
  const { state } = await manager.streams.info(streamNameOf(domain));
  return state.last_seq;
}
