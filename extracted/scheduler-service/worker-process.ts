import { loadConfig } from "@oms/chassis/config.ts";
import { createLogger } from "@oms/chassis/log.ts";
import { runUntilSignal } from "@oms/chassis/shutdown.ts";
import { workerConfig } from "./config.ts";
import { startWorker } from "./worker.ts";

/** Runs a worker until a signal. */
export async function runWorker(): Promise<void> {
  const config = loadConfig(workerConfig);
  const logger = createLogger("scheduler-worker", config.LOG_LEVEL);
  const { stop, ...listening } = await startWorker(config, logger);
  logger.info(listening, "a worker of the scheduler is listening");
  runUntilSignal("scheduler-worker", logger, [stop]);
}
