import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openChannel } from "@oms/chassis/grpc-channel.ts";
import { connectKernel, type Kernel } from "@oms/data-kernel/client.ts";
import {
  type SchedulerServiceClient,
  SchedulerServiceDefinition,
} from "@oms/protos/oms/scheduler/v1/scheduler.ts";
import { ROOT } from "../../root.ts";
import { readSettings } from "../../settings.ts";
import { setUp } from "../../setup/set-up.ts";
import { openEcho } from "../echo/client.ts";
import { startMeasured } from "../measured-process.ts";
import { startRedis } from "../redis.ts";
import { BARE_BRANCH, type Bare, bareParts } from "./bare.ts";
import { BRANCH, ENV } from "./executions.ts";
import { openRawQueue, type RawQueue } from "./raw-queue.ts";

const SERVICE = "extracted/scheduler-service/main.ts";
const EXECUTORS = "scripts/bench/scheduler/executors.ts";

export type Scheduling = { readonly client: SchedulerServiceClient; readonly stop: () => Promise<void> };

export type Sides = {
  /** Behind the scheduler whose calls and executions are measured. */
  readonly kernel: Kernel;
  readonly client: SchedulerServiceClient;
  readonly bare: Bare;
  readonly queue: RawQueue;
  /** Base of an OMS whose jobs that scheduler runs. */
  readonly oms: string;
  /** Behind the schedulers that are started to fire many jobs. */
  readonly crowded: Kernel;
  readonly startCrowded: () => Promise<Scheduling>;
  readonly close: () => Promise<void>;
};

export async function openSides(progress: (text: string) => void): Promise<Sides> {
  await using opening = new AsyncDisposableStack();
  const settings = readSettings(process.env, ROOT);
  const servers = await setUp(settings, progress);
  const redis = await startRedis(opening, servers);
  const data = await mkdtemp(join(tmpdir(), "bench-scheduler-"));
  opening.defer(() => rm(data, { recursive: true }));
  const start = async (argv: readonly string[], env: Readonly<Record<string, string>>) => {
    const started = await startMeasured(argv, { OMS_ENV: ENV, REDIS_URL: redis, ...env });
    opening.defer(started.stop);
    return started;
  };
  const startKernel = async (name: string) => {
    const { address } = await start(["extracted/data-kernel/main.ts"], {
      DATA_DIR: join(data, name),
      NATS_URL: "",
    });
    const kernel = connectKernel({ address });
    opening.defer(() => kernel.close());
    await kernel.createBranch({ name: BRANCH });
    return { address, kernel };
  };
  const [main, crowd] = [await startKernel("kernel"), await startKernel("crowd")];
  await main.kernel.createBranch({ name: BARE_BRANCH });
  const { client, address } = await schedulerOn(opening, {
    KERNEL_URL: main.address,
    REDIS_URL: redis,
    KEY_PREFIX: "main:",
  });
  const echo = openEcho((await start(["scripts/bench/scheduler/peer.ts"], {})).address);
  opening.defer(() => echo.close());
  await start(["scripts/bench/scheduler/bullmq-worker.ts"], {});
  const oms = await start(["monolith/src/main.ts"], {
    KERNEL_URL: main.address,
    SCHEDULER_URL: address,
    USE_SCHEDULER_MS: "true",
    USE_EMBEDDING_MS: "false",
    UNLEASH_URL: "",
    DATA_DIR: join(data, "oms"),
    EMBEDDING_MODEL_DIR: settings.modelDirectory,
  });
  const sides = {
    kernel: main.kernel,
    client,
    bare: bareParts(echo, main.kernel),
    queue: openRawQueue(opening, redis),
    oms: oms.url,
    crowded: crowd.kernel,
    async startCrowded() {
      await using starting = new AsyncDisposableStack();
      const env = { KERNEL_URL: crowd.address, REDIS_URL: redis, KEY_PREFIX: "crowd:" };
      const scheduling = await schedulerOn(starting, env);
      const started = starting.move();
      return { client: scheduling.client, stop: () => started.disposeAsync() };
    },
  };
  const opened = opening.move();
  return { ...sides, close: () => opened.disposeAsync() };
}

/** An api and one worker on a kernel. */
async function schedulerOn(opening: AsyncDisposableStack, env: Readonly<Record<string, string>>) {
  const common = { OMS_ENV: ENV, SCHEDULER_EXECUTORS: join(ROOT, EXECUTORS), ...env };
  const api = await startMeasured([SERVICE, "api"], common);
  opening.defer(api.stop);
  const worker = await startMeasured([SERVICE, "worker", "run"], common);
  opening.defer(worker.stop);
  const channel = openChannel(SchedulerServiceDefinition, { address: api.address });
  opening.defer(() => channel.close());
  return { client: channel.client, address: api.address };
}
