import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { startGrpcServer } from "@oms/chassis/grpc-server.ts";
import { createHttpApp, listenHttp } from "@oms/chassis/http-server.ts";
import type { Logger } from "@oms/chassis/log.ts";
import { createMetrics, type Metrics } from "@oms/chassis/metrics.ts";
import { createReadiness, type Readiness } from "@oms/chassis/readiness.ts";
import { connectKernel } from "@oms/data-kernel/client.ts";
import { schedulerMethods } from "@oms/jobs/methods.ts";
import type { Scheduler } from "@oms/jobs/port.ts";
import { SchedulerServiceDefinition } from "@oms/protos/oms/scheduler/v1/scheduler.ts";
import type { Queue } from "bullmq";
import { addBoard } from "./board.ts";
import { Brain } from "./brain.ts";
import type { ApiConfig } from "./config.ts";
import { createDeadLetters, type DeadLetters } from "./dead-letters.ts";
import { watchGauges } from "./gauges.ts";
import { grpcScheduler } from "./grpc.ts";
import { createSchedulerMetrics } from "./metrics.ts";
import { type Carried, openQueue } from "./queue.ts";
import { openRedis } from "./redis.ts";
import { openRegistry } from "./registry.ts";
import { addRoutes } from "./rest.ts";

const SERVICE = "scheduler-api";
/** Room for a payload far over its limit, which is then refused by name. */
const BODY_LIMIT = "24mb";
const MAX_MESSAGE_BYTES = 24 * 1024 * 1024;

export type Api = {
  readonly port: number;
  readonly grpcPort: number;
  /** Lets running calls finish, and another instance keep the time. */
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

/**
 * Listens at once; ready while the kernel answers and the jobs are known. Redis away makes it no less ready: edits and
 * reads go on, ticks are claimed when it is back.
 */
export async function startApi(config: ApiConfig, logger: Logger): Promise<Api> {
  const process: Process = {
    config,
    logger,
    metrics: createMetrics(SERVICE),
    readiness: createReadiness(),
    opened: [],
  };
  try {
    const ports = await serve(process, await offer(process));
    return { ...ports, stop: () => closeAll(process) };
  } catch (error) {
    await closeAll(process);
    throw error;
  }
}

type Offer = { readonly scheduler: Scheduler; readonly dead: DeadLetters; readonly queue: Queue<Carried> };

/** The operations over the kernel, with the brain behind them. */
async function offer({ config, logger, metrics, readiness, opened }: Process): Promise<Offer> {
  const executors = await openRegistry(config);
  const kernel = connectKernel({ address: config.KERNEL_URL, token: config.KERNEL_TOKEN });
  const redis = openRedis(config, "asking", logger);
  const queue = openQueue(config, redis);
  opened.push(
    () => kernel.close(),
    () => redis.disconnect(),
  );
  const measures = createSchedulerMetrics(metrics);
  const brain = new Brain({ config, kernel, redis, queue, logger, measures });
  opened.push(() => brain.stop());
  readiness.add("kernel", () => kernel.ready());
  readiness.add("jobs", () => void brain.open);
  watchGauges(measures, brain, queue);
  const store = { kernel, env: config.OMS_ENV };
  const methods = schedulerMethods({
    ...store,
    side: "extracted",
    executors,
    now: Date.now,
    edited: (id) => brain.look(id),
    fires: async (request) => brain.open.fires(request),
  });
  const scheduler = onceKnown(methods, brain);
  const dead = createDeadLetters({ ...store, view: () => brain.open.view, runNow: scheduler.runNow });
  return { scheduler, dead, queue };
}

/** Before the jobs could be read once, their branch may not even be there: every method is UNAVAILABLE until then. */
function onceKnown(methods: Scheduler, brain: Brain): Scheduler {
  const guarded = Object.entries(methods).map(([name, method]: [string, (request: never) => unknown]) => [
    name,
    async (request: never) => {
      void brain.open;
      return method(request);
    },
  ]);
  return Object.fromEntries(guarded) as Scheduler;
}

async function serve({ config, opened, ...process }: Process, { scheduler, dead, queue }: Offer) {
  const shared = { ...process, service: SERVICE, host: config.HOST, build: config.OMS_BUILD };
  const servers: { stop(): Promise<void> }[] = [];
  opened.push(async () => {
    await Promise.all(servers.map((server) => server.stop()));
  });
  const descriptors = await readFile(fileURLToPath(import.meta.resolve("@oms/protos/descriptors.binpb")));
  const grpc = await startGrpcServer(
    { ...shared, port: config.GRPC_PORT, maxMessageBytes: MAX_MESSAGE_BYTES, descriptors },
    (server) => server.add(SchedulerServiceDefinition, grpcScheduler(scheduler, dead)),
  );
  servers.push(grpc);
  const token = config.SCHEDULER_ADMIN_TOKEN;
  const app = createHttpApp(
    {
      ...shared,
      edge: "internal",
      bodyLimit: BODY_LIMIT,
      ...(token !== undefined && { beforeBodies: (routes) => addBoard(routes, queue, token) }),
    },
    (routes) => addRoutes(routes, scheduler, dead),
  );
  const http = await listenHttp(app, { host: config.HOST, port: config.PORT });
  servers.push(http);
  return { port: http.port, grpcPort: grpc.port };
}

async function closeAll({ opened }: Process): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close();
}
