import { createLogger } from "@oms/chassis/log.ts";
import { runUntilSignal } from "@oms/chassis/shutdown.ts";
import { readConfig } from "./config.ts";
import { startEmbeddingService } from "./service.ts";

const SERVICE = "embedding-service";

const config = readConfig();
const logger = createLogger(SERVICE, config.LOG_LEVEL);
const { stop } = await startEmbeddingService(config, logger);
runUntilSignal(SERVICE, logger, [stop]);
