import { join } from "node:path";
import type { Port, Spec } from "./process/spec.ts";
import { type PortSetting, type Settings, STORE } from "./settings.ts";
import type { Servers } from "./setup/servers.ts";

const NODE: readonly [string, ...string[]] = [process.execPath, "--disable-warning=ExperimentalWarning"];

const KERNELS = ["data-kernel", "data-kernel-2"];

/** Where each part answers: `host:port` for gRPC, of both kernels with a comma between; a URL for the rest. */
export type Addresses = Readonly<
  Record<
    | "oms"
    | "kernel"
    | "kernelHttp"
    | "kernel2Http"
    | "embedding"
    | "embeddingHttp"
    | "scheduler"
    | "schedulerHttp"
    | "schedulerWorkerHttp"
    | "redis"
    | "nats"
    | "unleash",
    string
  >
>;

export function addressesOf({ host, ports, given }: Settings): Addresses {
  return {
    oms: `http://${host}:${ports.OMS_PORT}`,
    kernel: given.kernel ?? `${host}:${ports.KERNEL_PORT},${host}:${ports.KERNEL_2_PORT}`,
    kernelHttp: `http://${host}:${ports.KERNEL_HTTP_PORT}`,
    kernel2Http: `http://${host}:${ports.KERNEL_2_HTTP_PORT}`,
    embedding: given.embedding ?? `${host}:${ports.EMBEDDING_PORT}`,
    embeddingHttp: given.embeddingRest ?? `http://${host}:${ports.EMBEDDING_HTTP_PORT}`,
    scheduler: given.scheduler ?? `${host}:${ports.SCHEDULER_PORT}`,
    schedulerHttp: `http://${host}:${ports.SCHEDULER_HTTP_PORT}`,
    schedulerWorkerHttp: `http://${host}:${ports.SCHEDULER_WORKER_HTTP_PORT}`,
    redis: given.redis ?? `redis://${host}:${ports.REDIS_PORT}`,
    nats: given.nats ?? `nats://${host}:${ports.NATS_PORT}`,
    unleash: given.unleash ?? `http://${host}:${ports.UNLEASH_PORT}`,
  };
}

/** What another command needs in its environment to reach this system. */
export function reachOf(settings: Settings): Record<string, string> {
  const at = addressesOf(settings);
  return {
    OMS_URL: at.oms,
    KERNEL_URL: at.kernel,
    KERNEL_HTTP_URL: at.kernelHttp,
    EMBEDDING_URL: at.embedding,
    EMBEDDING_REST_URL: at.embeddingHttp,
    SCHEDULER_URL: at.scheduler,
    REDIS_URL: at.redis,
    NATS_URL: at.nats,
    UNLEASH_URL: at.unleash,
    UNLEASH_CLIENT_TOKEN: settings.clientToken,
    ...(settings.adminToken !== undefined && { UNLEASH_ADMIN_TOKEN: settings.adminToken }),
    OMS_ENV: settings.omsEnv,
    FLAG_PREFIX: settings.flagPrefix,
    KEY_PREFIX: settings.keyPrefix,
    EMBEDDING_MODEL_DIR: settings.modelDirectory,
  };
}

/**
 * The one list of processes, and of the steps between them. What has an address of its own in the environment is
 * someone else's and not in the list. Commands run from the repository's root.
 */
export function systemOf(settings: Settings, servers: Servers): Spec[] {
  const { given } = settings;
  return [
    ...(given.redis === undefined ? [redis(settings, servers)] : []),
    ...(given.nats === undefined ? [nats(settings, servers)] : []),
    ...(given.unleash === undefined ? [unleash(settings)] : []),
    ...(settings.adminToken === undefined ? [] : [pushFlags(settings)]),
    ...(given.kernel === undefined ? kernels(settings) : []),
    ...(given.embedding === undefined ? [embedding(settings)] : []),
    ...(given.scheduler === undefined ? [schedulerApi(settings), schedulerWorker(settings)] : []),
    oms(settings),
    seed(settings),
  ];
}

/** What of `env` every process may inherit: not the store, which the kernels alone may reach. */
export function commonEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !STORE.some((each) => each === name)));
}

function portsOf(settings: Settings, ...names: readonly PortSetting[]): Port[] {
  return names.map((setting) => ({ setting, port: settings.ports[setting] }));
}

function dataOf(settings: Settings, name: string): string {
  return join(settings.runDirectory, "data", name);
}

function redis(settings: Settings, servers: Servers): Spec {
  const port = settings.ports.REDIS_PORT;
  const listen = ["--bind", settings.host, "--port", `${port}`];
  const keep = ["--dir", dataOf(settings, "redis"), "--appendonly", "yes", "--save", ""];
  return {
    name: "redis",
    command: [servers.redis, ...listen, ...keep],
    env: {},
    ports: portsOf(settings, "REDIS_PORT"),
    data: dataOf(settings, "redis"),
    needs: [],
    readiness: { tcp: port, send: "PING\r\n", expect: "+PONG" },
    patience: 60,
  };
}

function nats(settings: Settings, servers: Servers): Spec {
  const port = settings.ports.NATS_PORT;
  const accounts = servers.natsConfig === undefined ? [] : ["--config", servers.natsConfig];
  return {
    name: "nats",
    command: [
      servers.nats,
      ...accounts,
      ...[
        "--addr",
        settings.host,
        "--port",
        `${port}`,
        "--jetstream",
        "--store_dir",
        dataOf(settings, "nats"),
      ],
    ],
    env: {},
    ports: portsOf(settings, "NATS_PORT"),
    data: dataOf(settings, "nats"),
    needs: [],
    readiness: { tcp: port, send: "", expect: "INFO " },
    patience: 60,
  };
}

function unleash(settings: Settings): Spec {
  return {
    name: "unleash",
    command: [...NODE, "flags/embedded-unleash.ts"],
    env: {
      HOST: settings.host,
      PORT: `${settings.ports.UNLEASH_PORT}`,
      DATA_DIR: dataOf(settings, "unleash"),
      LOG_LEVEL: "warn",
      UNLEASH_CLIENT_TOKEN: settings.clientToken,
      ...(settings.adminToken !== undefined && { UNLEASH_ADMIN_TOKEN: settings.adminToken }),
    },
    ports: portsOf(settings, "UNLEASH_PORT"),
    data: dataOf(settings, "unleash"),
    needs: [],
    // Its own /health says GOOD with a dead database.
    readiness: {
      http: `${addressesOf(settings).unleash}/api/client/features`,
      headers: { authorization: settings.clientToken },
    },
    patience: 300,
  };
}

function pushFlags(settings: Settings): Spec {
  return {
    name: "push flags",
    command: [...NODE, "flags/cli.ts", "push"],
    env: reachOf(settings),
    ports: [],
    needs: ["unleash"],
    readiness: { exit: true },
    patience: 60,
  };
}

/** Two, alike, on one file: either may be gone. */
function kernels(settings: Settings): Spec[] {
  return [
    kernel(settings, { name: "data-kernel", grpc: "KERNEL_PORT", http: "KERNEL_HTTP_PORT" }),
    kernel(settings, { name: "data-kernel-2", grpc: "KERNEL_2_PORT", http: "KERNEL_2_HTTP_PORT" }),
  ];
}

function kernel(settings: Settings, own: { name: string; grpc: PortSetting; http: PortSetting }): Spec {
  const port = settings.ports[own.http];
  return {
    name: own.name,
    command: [...NODE, "extracted/data-kernel/main.ts"],
    env: {
      HOST: settings.host,
      PORT: `${port}`,
      GRPC_PORT: `${settings.ports[own.grpc]}`,
      OMS_ENV: settings.omsEnv,
      DATA_DIR: dataOf(settings, "kernel"),
      ...settings.store,
      NATS_URL: addressesOf(settings).nats,
    },
    ports: portsOf(settings, own.grpc, own.http),
    data: dataOf(settings, "kernel"),
    // Not NATS: what it is to be told waits.
    needs: [],
    readiness: { http: `http://${settings.host}:${port}/ready` },
    patience: 60,
  };
}

function embedding(settings: Settings): Spec {
  const at = addressesOf(settings);
  return {
    name: "embedding-service",
    command: [...NODE, "extracted/embedding-service/main.ts"],
    env: {
      HOST: settings.host,
      PORT: `${settings.ports.EMBEDDING_HTTP_PORT}`,
      GRPC_PORT: `${settings.ports.EMBEDDING_PORT}`,
      OMS_ENV: settings.omsEnv,
      KERNEL_URL: at.kernel,
      REDIS_URL: at.redis,
      KEY_PREFIX: settings.keyPrefix,
      EMBEDDING_MODEL_DIR: settings.modelDirectory,
    },
    ports: portsOf(settings, "EMBEDDING_PORT", "EMBEDDING_HTTP_PORT"),
    needs: [...KERNELS, "redis"],
    readiness: { http: `${at.embeddingHttp}/ready` },
    patience: 60,
  };
}

/** The jobs of one's own machine may call what runs on it. */
const LOOPBACK = "127.0.0.0/8,::1";

/** What both processes of the scheduler have in their environment. */
function schedulerEnvironment(settings: Settings): Record<string, string> {
  const at = addressesOf(settings);
  return {
    HOST: settings.host,
    OMS_ENV: settings.omsEnv,
    KERNEL_URL: at.kernel,
    REDIS_URL: at.redis,
    KEY_PREFIX: settings.keyPrefix,
  };
}

function schedulerApi(settings: Settings): Spec {
  return {
    name: "scheduler-api",
    command: [...NODE, "extracted/scheduler-service/main.ts", "api"],
    env: {
      ...schedulerEnvironment(settings),
      PORT: `${settings.ports.SCHEDULER_HTTP_PORT}`,
      GRPC_PORT: `${settings.ports.SCHEDULER_PORT}`,
    },
    ports: portsOf(settings, "SCHEDULER_PORT", "SCHEDULER_HTTP_PORT"),
    needs: [...KERNELS, "redis"],
    readiness: { http: `${addressesOf(settings).schedulerHttp}/ready` },
    patience: 60,
  };
}

function schedulerWorker(settings: Settings): Spec {
  const at = addressesOf(settings);
  return {
    name: "scheduler-worker",
    command: [...NODE, "extracted/scheduler-service/main.ts", "worker", "run"],
    env: {
      ...schedulerEnvironment(settings),
      PORT: `${settings.ports.SCHEDULER_WORKER_HTTP_PORT}`,
      EMBEDDING_URL: at.embedding,
      EMBEDDING_MODEL_DIR: settings.modelDirectory,
      SCHEDULER_CALLBACK_ALLOW: LOOPBACK,
    },
    ports: portsOf(settings, "SCHEDULER_WORKER_HTTP_PORT"),
    needs: [...KERNELS, "redis"],
    readiness: { http: `${at.schedulerWorkerHttp}/ready` },
    patience: 60,
  };
}

function oms(settings: Settings): Spec {
  return {
    name: "oms",
    command: [...NODE, "monolith/src/main.ts"],
    env: {
      ...reachOf(settings),
      HOST: settings.host,
      PORT: `${settings.ports.OMS_PORT}`,
      EMBEDDING_MODEL_DIR: settings.modelDirectory,
      SCHEDULER_CALLBACK_ALLOW: LOOPBACK,
      DATA_DIR: dataOf(settings, "oms"),
    },
    ports: portsOf(settings, "OMS_PORT"),
    data: dataOf(settings, "oms"),
    // Not the flag server: OMS serves without it, but the first stage it is asked for should be the pushed one.
    needs: [...KERNELS, "redis", "push flags"],
    readiness: { http: `${addressesOf(settings).oms}/ready` },
    patience: 60,
  };
}

function seed(settings: Settings): Spec {
  return {
    name: "seed",
    command: [...NODE, "scripts/seed.ts"],
    env: reachOf(settings),
    ports: [],
    needs: ["oms"],
    readiness: { exit: true },
    patience: 120,
  };
}
