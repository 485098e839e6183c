import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { BreakerState, DeliveryOutcome } from "./port.ts";

export type WebhookMetrics = {
  readonly tried: (id: string, outcome: DeliveryOutcome, seconds: number) => void;
  /** Of an endpoint that is no more. */
  readonly forget: (id: string) => void;
  /** Where the gauges are read from. */
  readonly watch: (sources: GaugeSources) => void;
};

/** Of each endpoint that this gateway sends to, by id; `pending` where it can be told. */
export type GaugeSources = {
  readonly breakers: () => readonly (readonly [id: string, state: BreakerState])[];
  readonly pending: () => Promise<readonly (readonly [id: string, count: number])[]>;
};

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const BREAKER: Readonly<Record<BreakerState, number>> = { closed: 0, "half-open": 1, open: 2 };

export function measureWebhooks(registry: Registry): WebhookMetrics {
  const registers = [registry];
  const deliveries = new Counter({
    name: "event_webhook_deliveries_total",
    help: "Attempts at endpoints.",
    labelNames: ["webhook", "outcome"],
    registers,
  });
  const durations = new Histogram({
    name: "event_webhook_duration_seconds",
    help: "Time until an endpoint had answered, or had not.",
    labelNames: ["outcome"],
    buckets: SECONDS,
    registers,
  });
  return {
    tried(webhook, outcome, seconds) {
      deliveries.inc({ webhook, outcome });
      durations.observe({ outcome }, seconds);
    },
    forget(webhook) {
      for (const outcome of ["delivered", "retried", "dead"]) deliveries.remove({ webhook, outcome });
    },
    watch: (sources) => watchGauges(registers, sources),
  };
}

function watchGauges(registers: Registry[], { breakers, pending }: GaugeSources): void {
  const labelNames = ["webhook"];
  new Gauge({
    name: "event_webhook_breaker_state",
    help: "Of an endpoint's breaker, where this gateway sends: 0 closed, 1 half-open, 2 open.",
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const [webhook, state] of breakers()) this.set({ webhook }, BREAKER[state]);
    },
  });
  new Gauge({
    name: "event_webhook_pending",
    help: "Events of its domain that an endpoint has not been through, where this gateway sends.",
    labelNames,
    registers,
    async collect() {
      const all = await pending();
      this.reset();
      for (const [webhook, count] of all) this.set({ webhook }, count);
    },
  });
}
