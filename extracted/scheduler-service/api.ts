import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { startGrpcServer } from "@oms/chassis/grpc-server.ts";
import { createHttpApp, listenHttp } from "@oms/chassis/http-server.ts";
import type { Logger } from "@oms/chassis/log.ts";
import { createMetrics, type Metrics } from "@oms/chassis/metrics.ts";
import { createReadiness, type Readiness } from "@oms/chassis/readiness.ts";
import { connectKernel } from "@oms/data-kernel/client.ts";
import type { ApiConfig } from "./config.ts";
import { openQueue } from "./queue.ts";
import { openRedis } from "./redis.ts";

const SERVICE = "scheduler-api";
/** Room for a payload over its limit, which is then refused by name. */
const BODY_LIMIT = "24mb";
const MAX_MESSAGE_BYTES = 24 * 1024 * 1024;

export type Api = {
  readonly port: number;
  readonly grpcPort: number;
  readonly stop: () => Promise<void>;
};

/** What every part of the process shares; `opened` is closed from its end. */
type Process = {
  readonly config: ApiConfig;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly opened: (() => Promise<void> | void)[];
};

/** Listens at once; ready while the kernel answers. */
export async function startApi(config: ApiConfig, logger: Logger): Promise<Api> {
  const process: Process = {
    config,
    logger,
    metrics: createMetrics(SERVICE),
    readiness: createReadiness(),
    opened: [],
  };
  try {
    open(process);
    return { ...(await serve(process)), stop: () => closeAll(process) };
  } catch (error) {
    await closeAll(process);
    throw error;
  }
}

function open({ config, readiness, opened }: Process) {
  const kernel = connectKernel({ address: config.KERNEL_URL, token: config.KERNEL_TOKEN });
  const redis = openRedis(config, "asking");
  const queue = openQueue(config, redis);
  opened.push(
    () => kernel.close(),
    () => redis.disconnect(),
    () => queue.close(),
  );
  readiness.add("kernel", () => kernel.ready());
  return { kernel, redis, queue };
}

async function serve({ config, opened, ...process }: Process) {
  const shared = { ...process, service: SERVICE, host: config.HOST, build: config.OMS_BUILD };
  const descriptors = await readFile(fileURLToPath(import.meta.resolve("@oms/protos/descriptors.binpb")));
  const grpc = await startGrpcServer(
    { ...shared, port: config.GRPC_PORT, maxMessageBytes: MAX_MESSAGE_BYTES, descriptors },
    () => {},
  );
  opened.push(() => grpc.stop());
  const app = createHttpApp({ ...shared, edge: "internal", bodyLimit: BODY_LIMIT }, () => {});
  const http = await listenHttp(app, { host: config.HOST, port: config.PORT });
  opened.push(() => http.stop());
  return { port: http.port, grpcPort: grpc.port };
}

async function closeAll({ opened }: Process): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close();
}
