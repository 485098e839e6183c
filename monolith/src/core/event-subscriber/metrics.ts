import type { Delivery, Settlement } from "@oms/events/delivery.ts";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** What OMS's subscribers did, by subscriber. */
export class SubscriberMetrics {
  readonly #handled: Counter<"subscriber" | "outcome">;
  readonly #redelivered: Counter<"subscriber">;
  readonly #lag: Histogram<"subscriber">;
  readonly #bound: Gauge<"subscriber" | "side">;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#handled = new Counter({
      name: "oms_events_handled_total",
      help: "Deliveries that were settled: done, again (it failed and comes again), dead (it never will succeed).",
      labelNames: ["subscriber", "outcome"],
      registers,
    });
    this.#redelivered = new Counter({
      name: "oms_events_redelivered_total",
      help: "Deliveries that were not an event's first.",
      labelNames: ["subscriber"],
      registers,
    });
    this.#lag = new Histogram({
      name: "oms_events_lag_seconds",
      help: "From when JetStream took an event until it was handled.",
      labelNames: ["subscriber"],
      buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600, 3600],
      registers,
    });
    this.#bound = new Gauge({
      name: "oms_events_bound",
      help: "1 where this process gets a subscriber's events from: in-process is NATS itself, extracted the gateway.",
      labelNames: ["subscriber", "side"],
      registers,
    });
  }

  settled(subscriber: string, { attempt, storedMs }: Delivery, { as }: Settlement): void {
    this.#handled.inc({ subscriber, outcome: as });
    if (attempt > 1) this.#redelivered.inc({ subscriber });
    if (as === "done") this.#lag.observe({ subscriber }, Math.max(0, Date.now() - storedMs) / 1000);
  }

  bound(subscriber: string, side: string | undefined): void {
    for (const each of ["in-process", "extracted"])
      this.#bound.set({ subscriber, side: each }, each === side ? 1 : 0);
  }
}
