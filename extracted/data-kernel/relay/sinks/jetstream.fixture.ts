import { Broker } from "@oms/events/broker/broker.ts";
import type { Nats } from "@oms/events/nats.fixture.ts";
import { jetStreamEvents } from "../publishing/in-process.ts";
import type { RelayEvents } from "../publishing/port.ts";

/** What a message of COMMITS says. */
export type Told = {
  readonly subject: string;
  readonly position: string;
  readonly event: { readonly id: string; readonly [attribute: string]: unknown };
};

/** Everything on the stream COMMITS, in order; nothing while there is no stream. */
export function toldOn(nats: Nats): Promise<Told[]> {
  return nats.manage(async ({ streams }) => {
    const { state } = await streams.info("COMMITS").catch(() => ({ state: { last_seq: 0 } }));
    const sequences = Array.from({ length: state.last_seq }, (_, i) => i + 1);
    const messages = await Promise.all(sequences.map((seq) => streams.getMessage("COMMITS", { seq })));
    return messages
      .flatMap((message) => message ?? [])
      .map((message) => ({
        subject: message.subject,
        position: message.header.get("Oms-Position"),
        event: message.data.length > 0 ? message.json() : { id: "" },
      }));
  });
}

/** The relay's own side, with a connection of its own. */
export function openJetStream({ url: urls }: Nats, duplicateWindowMs = 120_000): Opened {
  const streams = { replicas: 1, duplicateWindowMs };
  const broker = Broker.open({ urls, name: "test", streams, publishMs: 20_000 });
  return { ...jetStreamEvents(broker), close: () => broker.close() };
}

type Opened = RelayEvents & { readonly close: () => Promise<void> };
