import type { Logger } from "@oms/chassis/log.ts";
import type { Kernel } from "@oms/data-kernel/client.ts";
import type { Config } from "../../config.ts";
import { embeddings } from "../embeddings/index.ts";
import type { Settings } from "./sides.ts";

/** Where the environment says the two sides are, and how the module in this process keeps the time. */
export function settingsOf(config: Config, kernel: Kernel, log: Logger): Settings {
  return {
    kernel,
    log,
    env: config.OMS_ENV,
    build: config.OMS_BUILD,
    serviceAddress: config.SCHEDULER_URL,
    embed: embeddings.store,
    timers: true,
    leaseMs: config.SCHEDULER_LEASE_MS,
    concurrency: config.SCHEDULER_CONCURRENCY,
    windowMs: config.SCHEDULER_CLAIM_WINDOW_MS,
    executorModules: config.SCHEDULER_EXECUTORS,
    callbackAllow: config.SCHEDULER_CALLBACK_ALLOW,
    faults: config.SCHEDULER_FAULTS,
  };
}
