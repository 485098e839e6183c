import { ConfigError } from "@oms/chassis/config.ts";
import type { Logger } from "@oms/chassis/log.ts";
import type { Metrics } from "@oms/chassis/metrics.ts";
import type { KernelConfig } from "../config.ts";
import type { Policy } from "../hooks/policy.ts";
import type { Store } from "../store/port.ts";
import { type Telling, tellingAllBut } from "./passed-over.ts";
import { openEvents } from "./publishing/open.ts";
import type { RelayEvents } from "./publishing/port.ts";
import { isTold, Relay } from "./relay.ts";
import type { Sink } from "./sink.ts";
import { auditSink } from "./sinks/audit.ts";
import { derivedSink } from "./sinks/derived.ts";
import { eventsSink } from "./sinks/events.ts";
import { outboxSink } from "./sinks/outbox.ts";
import { tellCommits } from "./tell-commits.ts";

export type StartedRelay = {
  /** The store for everyone who commits: the relay hears of it at once. */
  readonly store: Store;
  readonly sinks: readonly string[];
  /** The sinks that are told of a branch's commits. */
  readonly followers: (branch: string) => readonly string[];
  readonly stop: () => Promise<void>;
};

type RelayParts = {
  readonly store: Store;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly policy: Pick<Policy, "passedOver">;
};

/** The relay of this kernel, with the sinks its settings name. */
export function startRelay(config: KernelConfig, { policy, ...parts }: RelayParts): StartedRelay {
  const telling = tellingAllBut(policy.passedOver);
  const publishing = hasBroker(config) ? openEvents(config, parts.logger) : undefined;
  const sinks = [
    auditSink(parts.store, { telling }),
    ...(publishing ? eventSinks(publishing.events, parts, telling) : []),
    ...derivedSinks(config, parts.store),
  ];
  const relay = new Relay({ ...parts, sinks });
  relay.start();
  return {
    store: tellCommits(parts.store, (branch) => relay.committed(branch)),
    sinks: sinks.map(({ name }) => name),
    followers: (branch) => sinks.filter((sink) => isTold(sink, branch)).map(({ name }) => name),
    async stop() {
      await relay.stop();
      await publishing?.stop();
    },
  };
}

function hasBroker({ NATS_URL, EVENT_GATEWAY_URL }: KernelConfig): boolean {
  return NATS_URL !== undefined || EVENT_GATEWAY_URL !== undefined;
}

function eventSinks(
  events: RelayEvents,
  { store, logger: log }: Pick<RelayParts, "store" | "logger">,
  telling: Telling,
): Sink[] {
  return [eventsSink(events, telling), outboxSink({ events, store, log })];
}

function derivedSinks(
  { EMBEDDING_URL: address, EMBEDDING_MODEL_VERSION }: KernelConfig,
  store: Store,
): Sink[] {
  if (address === undefined) return [];
  if (EMBEDDING_MODEL_VERSION === undefined)
    throw new ConfigError("EMBEDDING_MODEL_VERSION: is not set; EMBEDDING_URL needs it");
  return [derivedSink({ store, address, modelVersion: EMBEDDING_MODEL_VERSION })];
}
