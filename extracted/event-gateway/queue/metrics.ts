import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { RetryQueue } from "./retry-queue.ts";

export type QueueMetrics = {
  readonly drained: () => void;
  /** Ends the time an event took to be accepted, or refused. */
  readonly accepting: () => (outcome: "queued" | "refused") => void;
};

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** How deep the queue is, how old, and how fast it takes and gives. */
export function measureQueue(queue: RetryQueue, registry: Registry): QueueMetrics {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge("event_queue_events", "Events that wait for NATS.", () => queue.depth.events);
  gauge("event_queue_bytes", "Bytes of the budget that are taken.", () => queue.depth.bytes);
  gauge("event_queue_max_bytes", "The budget, in bytes.", () => queue.maxBytes);
  gauge("event_queue_parked", "Events that JetStream refused and somebody has to decide on.", () => {
    return queue.depth.parked;
  });
  gauge("event_queue_oldest_seconds", "For how long the event that waits longest has waited.", () => {
    const { oldestMs } = queue.depth;
    return oldestMs === undefined ? 0 : (Date.now() - oldestMs) / 1000;
  });
  const drained = new Counter({
    name: "event_queue_drained_total",
    help: "Events that JetStream has taken from the queue.",
    registers,
  });
  const accepting = new Histogram({
    name: "event_queue_accept_duration_seconds",
    help: "Time until an event was on disk, or refused.",
    labelNames: ["outcome"],
    buckets: SECONDS,
    registers,
  });
  return {
    drained: () => drained.inc(),
    accepting() {
      const end = accepting.startTimer();
      return (outcome) => {
        end({ outcome });
      };
    },
  };
}
