import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { BrokerObserver } from "@oms/events/broker/observer.ts";
import type { PublishResult } from "@oms/events/port.ts";
import { refusalOf } from "@oms/events/refusal.ts";
import { Counter, Histogram, type Registry } from "prom-client";
import type { Events } from "./port.ts";

export type PublishMetrics = {
  /** What became of the events of one call, after so many seconds. */
  readonly answered: (results: readonly PublishResult[], seconds: number) => void;
  /** Of the module in this process. */
  readonly acknowledged: BrokerObserver["published"];
};

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export function publishMetrics(registry: Registry): PublishMetrics {
  const registers = [registry];
  const published = new Counter({
    name: "oms_events_published_total",
    help: "Events: stored by JetStream, queued by the gateway, committed to the kernel's outbox, refused.",
    labelNames: ["outcome"],
    registers,
  });
  const answers = new Histogram({
    name: "oms_events_publish_duration_seconds",
    help: "Time until a publish, of one event or of a batch, was answered.",
    buckets: SECONDS,
    registers,
  });
  const acks = new Histogram({
    name: "oms_events_ack_duration_seconds",
    help: "Time until JetStream answered for an event that was published in process, or did not.",
    labelNames: ["outcome"],
    buckets: SECONDS,
    registers,
  });
  return {
    answered(results, seconds) {
      answers.observe(seconds);
      for (const result of results)
        published.inc({ outcome: "receipt" in result ? result.receipt.outcome : "refused" });
    },
    acknowledged: (outcome, seconds) => acks.observe({ outcome }, seconds),
  };
}

/** The same door, heard. */
export function counted(events: Events, answered: PublishMetrics["answered"]): Events {
  const heard = async <R>(publish: Promise<R>, resultsOf: (reply: R) => readonly PublishResult[]) => {
    const startMs = performance.now();
    const seconds = () => (performance.now() - startMs) / 1000;
    try {
      const reply = await publish;
      answered(resultsOf(reply), seconds());
      return reply;
    } catch (error) {
      if (error instanceof ServiceError) answered([{ refusal: refusalOf(error) }], seconds());
      throw error;
    }
  };
  return {
    publish: (event) => heard(events.publish(event), (receipt) => [{ receipt }]),
    publishBatch: (given) => heard(events.publishBatch(given), (results) => results),
  };
}
