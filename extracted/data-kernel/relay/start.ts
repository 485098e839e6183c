import { ConfigError } from "@oms/chassis/config.ts";
import type { Logger } from "@oms/chassis/log.ts";
import type { Metrics } from "@oms/chassis/metrics.ts";
import type { KernelConfig } from "../config.ts";
import type { Policy } from "../hooks/policy.ts";
import type { Store } from "../store/port.ts";
import { type Telling, tellingAllBut } from "./passed-over.ts";
import { isTold, Relay } from "./relay.ts";
import type { Sink } from "./sink.ts";
import { auditSink } from "./sinks/audit.ts";
import { derivedSink } from "./sinks/derived.ts";
import { eventsSink } from "./sinks/events.ts";
import { tellCommits } from "./tell-commits.ts";

type SinkSettings = Pick<KernelConfig, "NATS_URL" | "EMBEDDING_URL" | "EMBEDDING_MODEL_VERSION">;

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
export function startRelay(settings: SinkSettings, { policy, ...parts }: RelayParts): StartedRelay {
  const sinks = sinksOf(settings, parts.store, tellingAllBut(policy.passedOver));
  const relay = new Relay({ ...parts, sinks });
  relay.start();
  return {
    store: tellCommits(parts.store, (branch) => relay.committed(branch)),
    sinks: sinks.map(({ name }) => name),
    followers: (branch) => sinks.filter((sink) => isTold(sink, branch)).map(({ name }) => name),
    stop: () => relay.stop(),
  };
}

function sinksOf(settings: SinkSettings, store: Store, telling: Telling): Sink[] {
  const { NATS_URL, EMBEDDING_URL, EMBEDDING_MODEL_VERSION } = settings;
  const sinks = [auditSink(store, { telling })];
  if (NATS_URL !== undefined) sinks.push(eventsSink(NATS_URL, telling));
  if (EMBEDDING_URL !== undefined) {
    if (EMBEDDING_MODEL_VERSION === undefined)
      throw new ConfigError("EMBEDDING_MODEL_VERSION: is not set; EMBEDDING_URL needs it");
    sinks.push(derivedSink({ store, address: EMBEDDING_URL, modelVersion: EMBEDDING_MODEL_VERSION }));
  }
  return sinks;
}
