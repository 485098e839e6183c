import type { Logger } from "@oms/chassis/log.ts";
import type { Metrics } from "@oms/chassis/metrics.ts";
import type { Readiness } from "@oms/chassis/readiness.ts";
import type { GatewayConfig } from "./config.ts";

/** What every part of the process shares; `opened` is closed from its end. */
export type Process = {
  readonly config: GatewayConfig;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly opened: (() => Promise<void> | void)[];
};
