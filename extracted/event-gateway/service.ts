import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { startGrpcServer } from "@oms/chassis/grpc-server.ts";
import { createHttpApp, listenHttp } from "@oms/chassis/http-server.ts";
import type { Logger } from "@oms/chassis/log.ts";
import { createMetrics, type Metrics } from "@oms/chassis/metrics.ts";
import { createReadiness, type Readiness } from "@oms/chassis/readiness.ts";
import { connectKernel } from "@oms/data-kernel/client.ts";
import type { GatewayConfig } from "./config.ts";

const SERVICE = "event-gateway";
/** Room for an event far over its limit, which is then refused by name, and for a batch. */
const BODY_LIMIT = "32mb";
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

export type Gateway = {
  readonly port: number;
  readonly grpcPort: number;
  /** Lets running calls finish, ends streams and gives back what was not settled. */
  readonly stop: () => Promise<void>;
};

/** What every part of the process shares; `opened` is closed from its end. */
type Process = {
  readonly config: GatewayConfig;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly opened: (() => Promise<void> | void)[];
};

/** Listens at once, whatever of NATS and the kernel is there. */
export async function startGateway(config: GatewayConfig, logger: Logger): Promise<Gateway> {
  const process: Process = {
    config,
    logger,
    metrics: createMetrics(SERVICE),
    readiness: createReadiness(),
    opened: [],
  };
  try {
    const kernel = connectKernel({ address: config.KERNEL_URL, token: config.KERNEL_TOKEN });
    process.opened.push(() => kernel.close());
    process.readiness.add("kernel", () => kernel.ready());
    const ports = await serve(process);
    return { ...ports, stop: () => closeAll(process) };
  } catch (error) {
    await closeAll(process);
    throw error;
  }
}

async function serve({ config, opened, ...process }: Process) {
  const shared = { ...process, service: SERVICE, host: config.HOST, build: config.OMS_BUILD };
  const servers: { stop(): Promise<void> }[] = [];
  opened.push(async () => {
    await Promise.all(servers.map((server) => server.stop()));
  });
  const descriptors = await readFile(fileURLToPath(import.meta.resolve("@oms/protos/descriptors.binpb")));
  const grpc = await startGrpcServer(
    { ...shared, port: config.GRPC_PORT, maxMessageBytes: MAX_MESSAGE_BYTES, descriptors },
    () => {},
  );
  servers.push(grpc);
  const app = createHttpApp({ ...shared, edge: "internal", bodyLimit: BODY_LIMIT }, () => {});
  const http = await listenHttp(app, { host: config.HOST, port: config.PORT });
  servers.push(http);
  return { port: http.port, grpcPort: grpc.port };
}

async function closeAll({ opened }: Process): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close();
}
