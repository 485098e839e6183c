import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
} from "@nats-io/jetstream";
import { REPLAY_STREAM, streamNameOf } from "../streams.ts";
import type { Subscriber } from "../subscriber.ts";
import { filterOf } from "./ensure-streams.ts";

const MS_NS = 1e6;
const MOST_UNSETTLED = 2000;
const NO_LIMIT = -1;

/** A durable consumer as it is to be. */
export type ConsumerPlan = {
  readonly stream: string;
  readonly name: string;
  readonly config: Partial<ConsumerConfig>;
};

/** Where a consumer that is made new begins. */
export type Beginning = { readonly timeMs: number } | { readonly sequence: number };

export type PlanOptions = {
  readonly env: string;
  readonly subscriber: Pick<Subscriber, "name" | "domain" | "ordered" | "ackWaitMs">;
  readonly durable: string;
  readonly from?: Beginning | undefined;
  /** Of one that is not ordered: what may be unsettled, over all who bind it. Absent: 2000. */
  readonly mostUnsettled?: number | undefined;
};

/** Of the stream of its domain, which brings a subscriber what is published. */
export function publishedPlan(options: PlanOptions): ConsumerPlan {
  const { env, durable, from } = options;
  const { domain } = options.subscriber;
  return {
    stream: streamNameOf(domain),
    name: `${env}-${durable}`,
    config: { ...shared(options), ...beginningAt(from), filter_subject: filterOf(env, domain) },
  };
}

/** Of what is replayed to it alone. */
export function replayedPlan(options: PlanOptions): ConsumerPlan {
  const { env } = options;
  const { name } = options.subscriber;
  return {
    stream: REPLAY_STREAM,
    name: `${env}-${name}-replay`,
    config: { ...shared(options), ...beginningAt(undefined), filter_subject: `${env}.replay.${name}` },
  };
}

/** The binder counts deliveries itself: JetStream would drop what was delivered too often. */
function shared({ subscriber, mostUnsettled = MOST_UNSETTLED }: PlanOptions): Partial<ConsumerConfig> {
  const { ordered, ackWaitMs } = subscriber;
  return {
    ack_policy: AckPolicy.Explicit,
    ack_wait: ackWaitMs * MS_NS,
    max_ack_pending: ordered ? 1 : mostUnsettled,
    max_deliver: NO_LIMIT,
  };
}

function beginningAt(from: Beginning | undefined): Partial<ConsumerConfig> {
  if (from === undefined) return { deliver_policy: DeliverPolicy.All };
  return "timeMs" in from
    ? { deliver_policy: DeliverPolicy.StartTime, opt_start_time: new Date(from.timeMs).toISOString() }
    : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: Math.max(1, from.sequence) };
}

/**
 * Makes it, or changes what of it may change; where one that is there stands, it goes on. Rejects where it would be made
 * and nobody is registered for it any more.
 */
export async function ensureConsumer(
  manager: JetStreamManager,
  { stream, name, config }: ConsumerPlan,
  isRegistered: () => Promise<boolean>,
): Promise<void> {
  const there = await consumerInfo(manager, stream, name);
  if (!there) {
    if (!(await isRegistered())) throw unregistered(name);
    const begun = await beginningWithin(manager, stream, config);
    await manager.consumers.add(stream, { ...begun, durable_name: name });
    if (await isRegistered()) return;
    // Who takes it off the register deletes its consumer thereafter: where this one came later, it is found here.
    await deleteConsumer(manager, stream, name);
    throw unregistered(name);
  }
  const { ack_wait, max_ack_pending } = config;
  if (there.config.ack_wait !== ack_wait || there.config.max_ack_pending !== max_ack_pending)
    await manager.consumers.update(stream, name, { ack_wait, max_ack_pending } as Partial<ConsumerConfig>);
}

/** A stream that ends before the sequence is not the one of which that was said: NATS lost that one. All of this is new. */
async function beginningWithin(
  manager: JetStreamManager,
  stream: string,
  { opt_start_seq: sequence, ...config }: Partial<ConsumerConfig>,
): Promise<Partial<ConsumerConfig>> {
  if (sequence === undefined) return config;
  const { state } = await manager.streams.info(stream);
  if (sequence > state.last_seq + 1) return { ...config, deliver_policy: DeliverPolicy.All };
  return { ...config, opt_start_seq: sequence };
}

/** Undefined: there is no such consumer, or no such stream. */
export async function consumerInfo(manager: JetStreamManager, stream: string, name: string) {
  try {
    return await manager.consumers.info(stream, name);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export async function deleteConsumer(manager: JetStreamManager, stream: string, name: string): Promise<void> {
  try {
    await manager.consumers.delete(stream, name);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

const unregistered = (name: string) => new Error(`nobody is registered for ${name}`);

function isMissing(error: unknown): boolean {
  return (
    error instanceof JetStreamApiError &&
    (error.code === JetStreamApiCodes.ConsumerNotFound || error.code === JetStreamApiCodes.StreamNotFound)
  );
}
