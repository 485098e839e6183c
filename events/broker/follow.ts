import { type ConsumerMessages, DeliverPolicy, type JsMsg } from "@nats-io/jetstream";
import type { Following, Subscription } from "../delivery.ts";
import { readStored } from "../stored-event.ts";
import { streamNameOf } from "../streams.ts";
import type { Broker } from "./broker.ts";
import { filterOf } from "./ensure-streams.ts";
import { keepDoing } from "./keep-doing.ts";

export type FollowOptions = {
  readonly broker: Broker;
  readonly env: string;
  readonly domain: string;
  /** Begin behind this sequence of the stream. Absent: from now on. */
  readonly afterSequence?: number;
};

const AHEAD = 256;
/** A consumer whose server says nothing for twice as long is made anew. */
const HEARTBEAT_MS = 1000;
const EXPIRES_MS = 10_000;

/**
 * Every event of a domain in the stream's order; `Following` says the rest: `stands(true)` once the consumer is there,
 * the first time and after every loss of it. `bound`: so for the first time.
 */
export function followDomain(
  options: FollowOptions,
  on: Following,
): Subscription & { readonly bound: Promise<void> } {
  const look = new Look(options, on);
  return { bound: look.bound, stop: () => look.stop() };
}

class Look {
  readonly #options: FollowOptions;
  readonly #on: Following;
  readonly #stopping = new AbortController();
  readonly #standing = Promise.withResolvers<void>();
  readonly #running: Promise<void>;
  /** Of the last event seen, or behind which it begins. */
  #after: number | undefined;
  #stands: boolean = false;

  constructor(options: FollowOptions, on: Following) {
    this.#options = options;
    this.#on = on;
    this.#after = options.afterSequence;
    const { broker, domain } = options;
    this.#running = keepDoing(
      this.#stopping.signal,
      () => this.#look(),
      (err) => broker.log?.warn({ err, domain }, "a look at a domain is lost"),
    );
  }

  get bound(): Promise<void> {
    return this.#standing.promise;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Until the consumer or the connection is lost, or it is stopped. */
  async #look(): Promise<void> {
    const { broker, env, domain } = this.#options;
    const { client, manager } = await broker.connected();
    const { signal } = this.#stopping;
    const stream = streamNameOf(domain);
    this.#close((await manager.streams.info(stream)).state);
    const consumer = await client.consumers.get(stream, {
      filter_subjects: filterOf(env, domain),
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: (this.#after ?? 0) + 1,
    });
    const messages = await consumer.consume({
      max_messages: AHEAD,
      idle_heartbeat: HEARTBEAT_MS,
      expires: EXPIRES_MS,
    });
    const stop = () => messages.stop();
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    const forget = broker.onLost(stop);
    void stopWhenLost(messages);
    try {
      this.#tell(true);
      for await (const message of messages) this.#see(message);
    } finally {
      signal.removeEventListener("abort", stop);
      forget();
      this.#tell(false);
      await consumer.delete().catch(() => undefined);
    }
  }

  /** Says it when what came next is no longer there, or the stream is another, and goes on with what is. */
  #close(state: { readonly first_seq: number; readonly last_seq: number }): void {
    this.#after ??= state.last_seq;
    if (state.last_seq >= this.#after && state.first_seq <= this.#after + 1) return;
    this.#on.gap();
    this.#after = Math.max(0, state.first_seq - 1);
  }

  #see(message: JsMsg): void {
    if (this.#stopping.signal.aborted) return;
    const { streamSequence: sequence, deliveryCount: attempt, timestampNanos } = message.info;
    const event = readStored(message.string());
    this.#after = sequence;
    if (event) this.#on.event({ event, attempt, sequence, storedMs: Math.floor(timestampNanos / 1e6) });
  }

  #tell(stands: boolean): void {
    if (stands) this.#standing.resolve();
    if (stands === this.#stands) return;
    this.#stands = stands;
    this.#on.stands(stands);
  }
}

/** What the library would mend by itself, without saying where it goes on. */
const LOST: ReadonlySet<string> = new Set([
  "heartbeats_missed",
  "consumer_deleted",
  "consumer_not_found",
  "stream_not_found",
]);

async function stopWhenLost(messages: ConsumerMessages): Promise<void> {
  for await (const { type } of messages.status()) if (LOST.has(type)) messages.stop();
}
