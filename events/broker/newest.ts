import { DeliverPolicy, type JetStreamClient } from "@nats-io/jetstream";
import type { Broker } from "./broker.ts";
import { asked } from "./refusals.ts";

export type NewestOptions = {
  readonly stream: string;
  readonly subject: string;
  /** Those at or behind this sequence are left out. Absent: none are. */
  readonly before?: number | undefined;
  readonly count: number;
};

export type Kept = { readonly sequence: number; readonly text: string };

/** Sequences of the stream, whatever their subjects, that are looked through first; four times as many each time after. */
const FIRST_SPAN = 1000;
const WIDER = 4;
const READ_MS = 5000;

/** The last messages of one subject, newest first. UNAVAILABLE while NATS is away. */
export async function newestOf(broker: Broker, options: NewestOptions): Promise<Kept[]> {
  const { stream, before = Number.MAX_SAFE_INTEGER, count } = options;
  const { client, manager } = await broker.connected();
  return asked(async () => {
    const { first_seq, last_seq } = (await manager.streams.info(stream)).state;
    const end = Math.min(before, last_seq + 1);
    for (let span = FIRST_SPAN; ; span *= WIDER) {
      const start = Math.max(first_seq, end - span);
      const found = start < end ? await between(client, options, { start, end }) : [];
      if (found.length >= count || start >= end || start === first_seq) return found.slice(-count).reverse();
    }
  });
}

async function between(
  client: JetStreamClient,
  { stream, subject }: NewestOptions,
  { start, end }: { readonly start: number; readonly end: number },
): Promise<Kept[]> {
  const consumer = await client.consumers.get(stream, {
    filter_subjects: subject,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: start,
  });
  const kept: Kept[] = [];
  try {
    const { num_pending } = await consumer.info();
    if (num_pending === 0) return kept;
    for await (const message of await consumer.fetch({ max_messages: num_pending, expires: READ_MS })) {
      if (message.seq >= end) break;
      kept.push({ sequence: message.seq, text: message.string() });
      if (kept.length === num_pending) break;
    }
    return kept;
  } finally {
    await consumer.delete().catch(() => undefined);
  }
}
