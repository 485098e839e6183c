import { loadConfig } from "@oms/chassis/config.ts";
import { createLogger } from "@oms/chassis/log.ts";
import { runUntilSignal } from "@oms/chassis/shutdown.ts";
import { gatewayConfig } from "./config.ts";
import { startGateway } from "./service.ts";

/** Runs the gateway until a signal. */
export async function runGateway(): Promise<void> {
  const config = loadConfig(gatewayConfig);
  const logger = createLogger("event-gateway", config.LOG_LEVEL);
  const { stop, ...listening } = await startGateway(config, logger);
  logger.info(listening, "the event gateway is listening");
  runUntilSignal("event-gateway", logger, [stop]);
}
