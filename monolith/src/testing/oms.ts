import { createLogger } from "@oms/chassis/log.ts";
import { createMetrics, type Metrics } from "@oms/chassis/metrics.ts";
import { createReadiness } from "@oms/chassis/readiness.ts";
import { connectKernel, type Kernel } from "@oms/data-kernel/client.ts";
import type { Express } from "express";
import { createApp } from "../app.ts";
import { embeddings } from "../core/embeddings/index.ts";
import { configureEmbeddings } from "../core/embeddings/sides.ts";
import { events } from "../core/event-publisher/index.ts";
import {
  configureEvents,
  type Settings as EventSettings,
  stopInProcess as stopEvents,
} from "../core/event-publisher/sides.ts";
import { scheduler } from "../core/scheduler/index.ts";
import {
  configureScheduler,
  type Settings as SchedulerSettings,
  stopInProcess,
} from "../core/scheduler/sides.ts";
import { Indexing, type IndexingOptions } from "../ontology/indexing.ts";
import { createOntology, type Ontology } from "../ontology/ontology.ts";
import { RememberedTypes } from "../ontology/remembered-types.ts";
import { Sweep } from "../ontology/sweep.ts";
import { MODEL_DIR } from "./model.ts";
import { startKernel } from "./processes.ts";

export type Oms = {
  readonly app: Express;
  readonly kernel: Kernel;
  readonly kernelAddress: string;
  readonly ontology: Ontology;
  readonly indexing: Indexing;
  readonly sweep: Sweep;
  readonly remembered: RememberedTypes;
  readonly metrics: Metrics;
  readonly stop: () => Promise<void>;
};

/** Scheduling as OMS has it, without a service. */
export function schedulerSettings(kernel: Kernel): SchedulerSettings {
  const log = createLogger("oms", "silent");
  const place = { kernel, env: "dev", build: "test", serviceAddress: "127.0.0.1:1", log };
  const running = { timers: true, leaseMs: 15_000, concurrency: 4, windowMs: 0 };
  return { ...place, ...running, embed: embeddings.store };
}

/** Publishing as OMS has it, without NATS and without a gateway. */
export function eventSettings(kernel: Kernel): EventSettings {
  const log = createLogger("oms", "silent");
  const streams = { replicas: 1, duplicateWindowMs: 120_000 };
  const away = { natsUrl: "nats://127.0.0.1:1", gatewayAddress: "127.0.0.1:1" };
  return { kernel, env: "dev", build: "test", streams, log, ...away };
}

/** OMS as main builds it, on a kernel of its own, with its branches `main` and `draft`; the strangler stays cold. */
export async function startOms(
  differing: Partial<Pick<IndexingOptions, "embeddings" | "waitMs" | "retryMs">> = {},
): Promise<Oms> {
  const process = await startKernel();
  const kernel = connectKernel({ address: process.address });
  const [env, build] = ["dev", "test"];
  for (const branch of ["main", "draft"]) await kernel.createBranch({ name: `${env}/oms/${branch}` });
  configureEmbeddings({ kernel, env, build, modelDir: MODEL_DIR, serviceAddress: "127.0.0.1:1" });
  const logger = createLogger("oms", "silent");
  configureScheduler(schedulerSettings(kernel));
  configureEvents(eventSettings(kernel));
  const metrics = createMetrics("oms");
  const stopping = new AbortController();
  const { signal } = stopping;
  const registry = metrics.registry;
  const indexing = new Indexing({ kernel, env, embeddings, logger, registry, signal, ...differing });
  const readiness = createReadiness();
  const remembered = new RememberedTypes();
  const sweep = new Sweep({ kernel, env, indexing, logger, signal });
  const ontology = createOntology({ kernel, env, indexing, sweep, remembered, events });
  const app = createApp({
    ontology,
    embeddings,
    scheduler,
    events,
    logger,
    metrics,
    readiness,
    build,
    graphiql: true,
  });
  return {
    app,
    kernel,
    kernelAddress: process.address,
    ontology,
    indexing,
    sweep,
    remembered,
    metrics,
    async stop() {
      stopping.abort();
      await sweep.settled();
      await stopInProcess();
      await stopEvents();
      kernel.close();
      await process.stop();
    },
  };
}
