import { loadConfig } from "@oms/chassis/config.ts";
import { createLogger } from "@oms/chassis/log.ts";
import { runUntilSignal } from "@oms/chassis/shutdown.ts";
import { embeddingConfig } from "./config.ts";
import { startEmbeddingService } from "./service.ts";

const config = loadConfig(embeddingConfig);
const logger = createLogger("embedding-service", config.LOG_LEVEL);
const { stop, ...listening } = await startEmbeddingService(config, logger);
logger.info(listening, "the embedding-service is listening");
runUntilSignal("embedding-service", logger, [stop]);
