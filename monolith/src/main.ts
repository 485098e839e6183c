import { join } from "node:path";
import { loadConfig } from "@oms/chassis/config.ts";
import { listenHttp } from "@oms/chassis/http-server.ts";
import { createLogger, type Logger } from "@oms/chassis/log.ts";
import { createMetrics } from "@oms/chassis/metrics.ts";
import { createReadiness } from "@oms/chassis/readiness.ts";
import { runUntilSignal } from "@oms/chassis/shutdown.ts";
import { connectKernel } from "@oms/data-kernel/client.ts";
import { createApp } from "./app.ts";
import { type Config, configSchema } from "./config.ts";
import { embeddings } from "./core/embeddings/index.ts";
import { settingsOf } from "./core/embeddings/settings.ts";
import { configureEmbeddings } from "./core/embeddings/sides.ts";
import { events } from "./core/event-publisher/index.ts";
import { publishMetrics } from "./core/event-publisher/metrics.ts";
import { settingsOf as eventSettingsOf } from "./core/event-publisher/settings.ts";
import { configureEvents, stopInProcess as stopEvents } from "./core/event-publisher/sides.ts";
import { EventSubscribers } from "./core/event-subscriber/index.ts";
import { scheduler } from "./core/scheduler/index.ts";
import { settingsOf as schedulerSettingsOf } from "./core/scheduler/settings.ts";
import { configureScheduler } from "./core/scheduler/sides.ts";
import { Upkeep } from "./core/scheduler/upkeep.ts";
import { Indexing } from "./ontology/indexing.ts";
import { createOntology } from "./ontology/ontology.ts";
import { RememberedTypes } from "./ontology/remembered-types.ts";
import { Sweep } from "./ontology/sweep.ts";
import { strangler } from "./strangler.ts";
import { unattended } from "./unattended.ts";

const config = loadConfig(configSchema);
const logger = createLogger("oms", config.LOG_LEVEL);
await start(config, logger);

async function start(config: Config, logger: Logger): Promise<void> {
  const { OMS_ENV: env, OMS_BUILD: build } = config;
  const kernel = connectKernel({ address: config.KERNEL_URL, token: config.KERNEL_TOKEN });
  const fellBack = (error: unknown) =>
    logger.warn({ err: error }, "the first embedding model could not answer, the second one did");
  configureEmbeddings(settingsOf(config, kernel, fellBack));
  configureScheduler(schedulerSettingsOf(config, kernel, logger));
  const metrics = createMetrics("oms");
  const { registry } = metrics;
  const eventSettings = eventSettingsOf(config, kernel, logger);
  configureEvents({ ...eventSettings, metrics: publishMetrics(registry) });
  await startStrangler(config, logger);
  await unattended("main", () => kernel.createBranch({ name: `${env}/oms/main` }));

  const readiness = createReadiness();
  readiness.add("kernel", () => kernel.ready());
  const stopping = new AbortController();
  const { signal } = stopping;
  const indexing = new Indexing({ kernel, env, embeddings, logger, registry, signal });
  const remembered = new RememberedTypes();
  const sweep = new Sweep({ kernel, env, indexing, logger, signal });
  const ontology = createOntology({ kernel, env, indexing, sweep, remembered, events });
  const doors = { embeddings, scheduler, events };
  const app = createApp({ ontology, ...doors, logger, metrics, readiness, build, graphiql: env === "dev" });
  const server = await listenHttp(app, { host: config.HOST, port: config.PORT });
  logger.info({ port: server.port }, "oms listens");

  const builtIn = { branchGcDays: config.BRANCH_GC_DAYS };
  const upkeep = new Upkeep({ kernel, env, scheduler, builtIn, log: logger, registry });
  const subscribers = new EventSubscribers({
    ...eventSettings,
    kernel,
    registry,
    index: (target, revision) => indexing.bringAsOf(target, revision),
    memory: remembered,
  });
  sweep.begin();
  upkeep.begin();
  subscribers.begin();
  runUntilSignal("oms", logger, [
    server.stop,
    async () => {
      stopping.abort();
      await sweep.settled();
    },
    async () => {
      await Promise.all([upkeep.stop(), subscribers.stop()]);
    },
    () => strangler.stop(),
    () => stopEvents(),
    async () => kernel.close(),
  ]);
}

function startStrangler(config: Config, logger: Logger): Promise<void> {
  return strangler.start({
    ...(config.UNLEASH_URL !== undefined && {
      flags: {
        url: config.UNLEASH_URL,
        token: config.UNLEASH_CLIENT_TOKEN,
        appName: "oms",
        environment: config.UNLEASH_ENVIRONMENT,
        refreshMs: config.UNLEASH_REFRESH_MS,
        prefix: config.FLAG_PREFIX,
        backupDir: join(config.DATA_DIR, "flags"),
      },
    }),
    ...(config.REDIS_URL !== undefined && {
      redis: { url: config.REDIS_URL, keyPrefix: config.KEY_PREFIX },
    }),
    overrides: {
      embedding: config.USE_EMBEDDING_MS,
      scheduler: config.USE_SCHEDULER_MS,
      events: config.USE_EVENT_GATEWAY,
    },
    log: logger,
  });
}
