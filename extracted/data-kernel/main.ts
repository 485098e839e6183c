import { loadConfig } from "@oms/chassis/config.ts";
import { createLogger } from "@oms/chassis/log.ts";
import { runUntilSignal } from "@oms/chassis/shutdown.ts";
import { kernelConfig } from "./config.ts";
import { startKernel } from "./service.ts";

const config = loadConfig(kernelConfig);
const logger = createLogger("data-kernel", config.LOG_LEVEL);
const kernel = await startKernel(config, logger);
logger.info({ port: kernel.port, grpcPort: kernel.grpcPort }, "the data-kernel is ready");
runUntilSignal("data-kernel", logger, [kernel.stop]);
