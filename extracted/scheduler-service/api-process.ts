import { loadConfig } from "@oms/chassis/config.ts";
import { createLogger } from "@oms/chassis/log.ts";
import { runUntilSignal } from "@oms/chassis/shutdown.ts";
import { startApi } from "./api.ts";
import { apiConfig } from "./config.ts";

/** Runs the api until a signal. */
export async function runApi(): Promise<void> {
  const config = loadConfig(apiConfig);
  const logger = createLogger("scheduler-api", config.LOG_LEVEL);
  const { stop, ...listening } = await startApi(config, logger);
  logger.info(listening, "the scheduler's api is listening");
  runUntilSignal("scheduler-api", logger, [stop]);
}
