import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Metrics } from "@oms/chassis/metrics.ts";
import type { BrokerObserver } from "@oms/events/broker/observer.ts";
import type { Send } from "@oms/events/publish.ts";
import { Counter, Gauge, Histogram } from "prom-client";
import type { SubscriberStatus } from "./management/subscribers.ts";

export type GatewayMetrics = {
  readonly observe: BrokerObserver;
  /** Times what is sent until it is stored, queued or neither. */
  readonly timed: (send: Send) => Send;
  /** Where the gauges are read from; what cannot be read now keeps its last value. */
  readonly watch: (sources: GaugeSources) => void;
};

export type GaugeSources = {
  /** Open streams of Subscribe. */
  readonly streams: () => number;
  readonly subscribers: () => Promise<readonly SubscriberStatus[]>;
};

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export function createGatewayMetrics({ registry }: Metrics): GatewayMetrics {
  const registers = [registry];
  const histogram = (name: string, help: string) =>
    new Histogram({ name, help, labelNames: ["outcome"], buckets: SECONDS, registers });
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers });
  const publishes = histogram(
    "event_publish_duration_seconds",
    "Time until an event was stored, queued or neither.",
  );
  const acks = histogram(
    "event_ack_duration_seconds",
    "Time until JetStream answered for an event, or did not.",
  );
  const failures = counter("event_ack_failures_total", "Events that JetStream did not acknowledge.", [
    "outcome",
  ]);
  const settlements = counter(
    "event_settlements_total",
    "Deliveries that subscribers and webhooks settled.",
    ["subscriber", "as"],
  );
  const redeliveries = counter(
    "event_redeliveries_total",
    "Settled deliveries that were not the first of their event.",
    ["subscriber"],
  );
  return {
    observe: {
      published(outcome, seconds) {
        acks.observe({ outcome }, seconds);
        if (outcome === "refused" || outcome === "unavailable") failures.inc({ outcome });
      },
      settled(subscriber, as, attempt) {
        settlements.inc({ subscriber, as });
        if (attempt > 1) redeliveries.inc({ subscriber });
      },
    },
    timed: (send) => async (envelope) => {
      const end = publishes.startTimer();
      try {
        const sent = await send(envelope);
        end({ outcome: sent.duplicate ? "duplicate" : sent.outcome });
        return sent;
      } catch (error) {
        end({
          outcome: error instanceof ServiceError && error.code !== "UNAVAILABLE" ? "refused" : "unavailable",
        });
        throw error;
      }
    },
    watch: (sources) => watchGauges(registers, sources),
  };
}

function watchGauges(registers: Metrics["registry"][], { streams, subscribers }: GaugeSources): void {
  new Gauge({
    name: "event_subscribe_streams",
    help: "Streams of Subscribe that are open.",
    registers,
    collect() {
      this.set(streams());
    },
  });
  let asked: Promise<readonly SubscriberStatus[]> | undefined;
  /** Once for all gauges of a scrape. */
  const statuses = () => {
    asked ??= subscribers()
      .catch(() => [])
      .finally(() => {
        asked = undefined;
      });
    return asked;
  };
  const bySubscriber = (
    name: string,
    help: string,
    count: (status: SubscriberStatus) => number | undefined,
  ) =>
    new Gauge({
      name,
      help,
      labelNames: ["subscriber"],
      registers,
      async collect() {
        for (const status of await statuses()) {
          const counted = count(status);
          if (counted !== undefined) this.set({ subscriber: status.subscriber.name }, counted);
        }
      },
    });
  bySubscriber(
    "event_consumer_pending",
    "Events that a subscriber has not been brought yet.",
    ({ pending }) => pending,
  );
  bySubscriber(
    "event_consumer_unsettled",
    "Events that are with a subscriber.",
    ({ unsettled }) => unsettled,
  );
}
