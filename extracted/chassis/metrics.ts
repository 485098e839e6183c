import { collectDefaultMetrics, Histogram, Registry } from "prom-client";

export type Metrics = {
  readonly registry: Registry;
  /** Seconds a request took; its count is the number of requests. */
  readonly http: Histogram<"http_request_method" | "http_route" | "http_response_status_code">;
  readonly rpc: Histogram<"rpc_method" | "rpc_response_status_code">;
};

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Request durations under OpenTelemetry's names, and the process's own: event loop, memory, CPU. */
export function createMetrics(service: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    http: new Histogram({
      name: "http_server_request_duration_seconds",
      help: "Duration of HTTP server requests.",
      labelNames: ["http_request_method", "http_route", "http_response_status_code"],
      buckets: SECONDS,
      registers: [registry],
    }),
    rpc: new Histogram({
      name: "rpc_server_call_duration_seconds",
      help: "Duration of incoming remote procedure calls.",
      labelNames: ["rpc_method", "rpc_response_status_code"],
      buckets: SECONDS,
      registers: [registry],
    }),
  };
}
