import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { startGrpcServer } from "@oms/chassis/grpc-server.ts";
import { createHttpApp, listenHttp } from "@oms/chassis/http-server.ts";
import type { Logger } from "@oms/chassis/log.ts";
import { createMetrics } from "@oms/chassis/metrics.ts";
import { createReadiness } from "@oms/chassis/readiness.ts";
import { EventGatewayServiceDefinition } from "@oms/protos/oms/events/v1/events.ts";
import type { GatewayConfig } from "./config.ts";
import { grpcGateway } from "./grpc/gateway.ts";
import { openOperations } from "./operations.ts";
import type { Operations } from "./port.ts";
import type { Process } from "./process.ts";
import { addManagement } from "./rest/management.ts";
import { addPublishing } from "./rest/publishing.ts";
import { addWebhooks } from "./rest/webhooks.ts";

const SERVICE = "event-gateway";
/** Room for a batch, and for an event far over its limit, which is then refused by name. */
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;
/** A schema, at most. */
const BODY_LIMIT = "4mb";
/** A client that answers no ping for so long, and a while, is gone: what it has not settled is brought to another. */
const KEEPALIVE_MS = 10_000;

export type Gateway = {
  readonly port: number;
  readonly grpcPort: number;
  /** Lets running calls finish, ends streams and gives back what was not settled. */
  readonly stop: () => Promise<void>;
};

/** Listens at once, whatever of NATS and the kernel is there. Whatever was opened is closed again when something cannot be. */
export async function startGateway(config: GatewayConfig, logger: Logger): Promise<Gateway> {
  const process: Process = {
    config,
    logger,
    metrics: createMetrics(SERVICE),
    readiness: createReadiness(),
    opened: [],
  };
  try {
    const ports = await serve(process, await openOperations(process));
    return { ...ports, stop: () => closeAll(process) };
  } catch (error) {
    await closeAll(process);
    throw error;
  }
}

async function serve({ config, opened, ...process }: Process, operations: Operations) {
  const shared = { ...process, service: SERVICE, host: config.HOST, build: config.OMS_BUILD };
  const servers: { stop(): Promise<void> }[] = [];
  opened.push(async () => {
    operations.subscriptions.close();
    await Promise.all(servers.map((server) => server.stop()));
  });
  const descriptors = await readFile(fileURLToPath(import.meta.resolve("@oms/protos/descriptors.binpb")));
  const grpc = await startGrpcServer(
    {
      ...shared,
      port: config.GRPC_PORT,
      maxMessageBytes: MAX_MESSAGE_BYTES,
      keepaliveMs: KEEPALIVE_MS,
      descriptors,
    },
    (server) => server.add(EventGatewayServiceDefinition, grpcGateway(operations)),
  );
  servers.push(grpc);
  const app = createHttpApp(
    {
      ...shared,
      edge: "internal",
      bodyLimit: BODY_LIMIT,
      beforeBodies: (routes) => addPublishing(routes, operations.publisher),
    },
    (routes) => {
      addManagement(routes, operations);
      addWebhooks(routes, operations.webhooks);
    },
  );
  const http = await listenHttp(app, { host: config.HOST, port: config.PORT });
  servers.push(http);
  return { port: http.port, grpcPort: grpc.port };
}

async function closeAll({ opened }: Process): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close();
}
