import type { Metrics } from "@oms/chassis/metrics.ts";
import { Counter, Gauge } from "prom-client";

/** How one line stands, as the gauges tell it. */
export type Standing = {
  readonly sink: string;
  readonly branch: string;
  readonly lagSeconds: number;
  readonly parked: number;
  readonly stopped: boolean;
};

export type RelayMetrics = {
  readonly delivered: Counter<"sink">;
  readonly failed: Counter<"sink">;
};

/** `lines` answers for the lines of this kernel: none unless it leads. */
export function createRelayMetrics({ registry }: Metrics, lines: () => readonly Standing[]): RelayMetrics {
  const registers = [registry];
  const perLine = (name: string, help: string, of: (line: Standing) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ["sink", "branch"],
      registers,
      collect() {
        this.reset();
        for (const line of lines()) this.set({ sink: line.sink, branch: line.branch }, of(line));
      },
    });
  perLine(
    "relay_lag_seconds",
    "Age of the oldest commit not yet delivered, 0 without one.",
    (line) => line.lagSeconds,
  );
  perLine("relay_parked", "Entries that wait for an operator.", ({ parked }) => parked);
  perLine("relay_stopped", "1 when the cursor's commit is not in the branch's log.", ({ stopped }) =>
    stopped ? 1 : 0,
  );
  const perSink = { labelNames: ["sink"] as const, registers };
  return {
    delivered: new Counter({ name: "relay_delivered_total", help: "Entries a sink has taken.", ...perSink }),
    failed: new Counter({
      name: "relay_failed_total",
      help: "Deliveries that failed and are retried or parked.",
      ...perSink,
    }),
  };
}
