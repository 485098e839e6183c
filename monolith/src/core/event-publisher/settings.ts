import type { Logger } from "@oms/chassis/log.ts";
import type { Kernel } from "@oms/data-kernel/client.ts";
import type { Config } from "../../config.ts";
import type { Settings } from "./sides.ts";

/** Where the environment says the two sides are. */
export function settingsOf(config: Config, kernel: Kernel, log: Logger): Settings {
  return {
    kernel,
    log,
    env: config.OMS_ENV,
    build: config.OMS_BUILD,
    natsUrl: config.NATS_URL,
    streams: {
      replicas: config.EVENT_STREAM_REPLICAS,
      duplicateWindowMs: config.EVENT_DUPLICATE_WINDOW_MS,
    },
    gatewayAddress: config.EVENT_GATEWAY_URL,
  };
}
