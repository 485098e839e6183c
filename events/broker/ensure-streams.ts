import { JetStreamApiError, type JetStreamManager, type StreamConfig } from "@nats-io/jetstream";
import {
  COMMITS_STREAM,
  DEAD_STREAM,
  LEASE_MS,
  LEASES_STREAM,
  REPLAY_STREAM,
  STREAMS,
  type StreamDefinition,
  type StreamSettings,
  streamNameOf,
  WEBHOOKS_STREAM,
} from "../streams.ts";
import { isWithoutStream } from "./refusals.ts";

/** What of a stream is ours to say. */
export type StreamPlan = Pick<StreamConfig, "name" | "subjects" | "max_age" | "max_bytes"> &
  Partial<Pick<StreamConfig, "max_msgs_per_subject">>;

const MS_NS = 1e6;
const DAY_NS = 24 * 3600 * 1000 * MS_NS;
const NO_LIMIT = -1;
const NAME_IN_USE = 10058;

const SYSTEM: readonly StreamPlan[] = [
  ...STREAMS.map(planOf),
  { name: COMMITS_STREAM, subjects: ["*.commits.*.*"], max_age: 14 * DAY_NS, max_bytes: NO_LIMIT },
  { name: DEAD_STREAM, subjects: ["*.dead.*"], max_age: 28 * DAY_NS, max_bytes: NO_LIMIT },
  { name: REPLAY_STREAM, subjects: ["*.replay.*"], max_age: 14 * DAY_NS, max_bytes: NO_LIMIT },
  {
    name: WEBHOOKS_STREAM,
    subjects: ["*.webhooks.*"],
    max_age: 7 * DAY_NS,
    max_bytes: NO_LIMIT,
    max_msgs_per_subject: 10_000,
  },
  {
    name: LEASES_STREAM,
    subjects: ["*.leases.*"],
    max_age: LEASE_MS * MS_NS,
    max_bytes: NO_LIMIT,
    max_msgs_per_subject: 1,
  },
];

export function planOf({ domain, maxAgeMs, maxBytes }: StreamDefinition): StreamPlan {
  return {
    name: streamNameOf(domain),
    subjects: [`*.${domain}.>`],
    max_age: maxAgeMs * MS_NS,
    max_bytes: maxBytes === 0 ? NO_LIMIT : maxBytes,
  };
}

/** The system's own stream for a subject. */
export function systemStreamOf(subject: string): StreamPlan | undefined {
  const [, domain = ""] = subject.split(".", 2);
  return SYSTEM.find(({ name }) => name === streamNameOf(domain));
}

/** What an environment has of a domain's stream: NATS refuses a consumer that asks for more than the stream keeps. */
export function filterOf(env: string, domain: string): string {
  const own = SYSTEM.find(({ name }) => name === streamNameOf(domain));
  return (own?.subjects[0] ?? `*.${domain}.>`).replace("*", env);
}

/** Makes the system's own streams, or sets right what all streams share. */
export async function ensureStreams(manager: JetStreamManager, settings: StreamSettings): Promise<void> {
  for (const plan of SYSTEM) await ensureStream(manager, plan, settings);
}

/** Makes it; of one that is there, what somebody set by hand stays. */
export async function ensureStream(
  manager: JetStreamManager,
  plan: StreamPlan,
  settings: StreamSettings,
): Promise<void> {
  const config = await configOf(manager, plan.name);
  if (!config) return add(manager, plan, settings);
  const wanted = {
    ...shared(settings, config),
    subjects: [...new Set([...config.subjects, ...plan.subjects])],
  };
  const same =
    config.num_replicas === wanted.num_replicas &&
    config.duplicate_window === wanted.duplicate_window &&
    config.subjects.length === wanted.subjects.length;
  if (!same) await manager.streams.update(plan.name, wanted);
}

/** Makes it as `plan` says, or changes it to that. */
export async function setStream(
  manager: JetStreamManager,
  plan: StreamPlan,
  settings: StreamSettings,
): Promise<void> {
  if (await configOf(manager, plan.name))
    await manager.streams.update(plan.name, { ...plan, ...shared(settings, plan) });
  else await add(manager, plan, settings);
}

async function add(manager: JetStreamManager, plan: StreamPlan, settings: StreamSettings): Promise<void> {
  try {
    await manager.streams.add({ ...plan, ...shared(settings, plan) });
  } catch (error) {
    // Another process was faster.
    if (!(error instanceof JetStreamApiError) || error.code !== NAME_IN_USE) throw error;
  }
}

async function configOf(manager: JetStreamManager, name: string): Promise<StreamConfig | undefined> {
  try {
    return (await manager.streams.info(name)).config;
  } catch (error) {
    if (isWithoutStream(error)) return undefined;
    throw error;
  }
}

/** JetStream refuses to know messages again for longer than it keeps them. */
function shared({ replicas, duplicateWindowMs }: StreamSettings, { max_age }: Pick<StreamPlan, "max_age">) {
  const window = duplicateWindowMs * MS_NS;
  return { num_replicas: replicas, duplicate_window: max_age > 0 ? Math.min(window, max_age) : window };
}
