const DAY_MS = 24 * 3600 * 1000;

/** A stream keeps the events of one domain; its subjects are `*.<domain>.>`, of every environment. */
export type StreamDefinition = {
  readonly domain: string;
  readonly maxAgeMs: number;
  /** 0: no limit. */
  readonly maxBytes: number;
};

/** The same for every stream; all processes of a system have the same. */
export type StreamSettings = {
  /** EVENT_STREAM_REPLICAS */
  readonly replicas: number;
  /** EVENT_DUPLICATE_WINDOW_MS */
  readonly duplicateWindowMs: number;
};

/** The commits of the kernel: the relay alone writes it. */
export const COMMITS_STREAM = "COMMITS";
/** What subscribers, and webhooks, were given too often without success: `*.dead.<subscriber>`. */
export const DEAD_STREAM = "DEAD";
/** Dead letters on their way to their subscriber again: `*.replay.<subscriber>`. */
export const REPLAY_STREAM = "REPLAY";
/** The attempts at endpoints: `*.webhooks.<id>`. */
export const WEBHOOKS_STREAM = "WEBHOOKS";
/** Who does what only one process may do at a time: `*.leases.<duty>`, forgotten unless it is renewed. */
export const LEASES_STREAM = "LEASES";
export const LEASE_MS = 10_000;

/** The system's own; more are made through the gateway. */
export const STREAMS: readonly StreamDefinition[] = [
  { domain: "ontology", maxAgeMs: 14 * DAY_MS, maxBytes: 0 },
  { domain: "branches", maxAgeMs: 14 * DAY_MS, maxBytes: 0 },
  { domain: "jobs", maxAgeMs: 14 * DAY_MS, maxBytes: 0 },
];

/** Domains that nobody publishes to by name. */
export const RESERVED: ReadonlySet<string> = new Set(["commits", "dead", "replay", "webhooks", "leases"]);

export const streamNameOf = (domain: string): string => domain.toUpperCase();
