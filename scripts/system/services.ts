import type { Spec } from "../process/spec.ts";
import type { PortSetting, Settings } from "../settings.ts";
import { addressesOf, reachOf } from "./addresses.ts";
import { dataOf, NODE, portsOf } from "./parts.ts";

const KERNELS = ["data-kernel", "data-kernel-2"];

/** Two, alike, on one file: either may be gone. */
export function kernels(settings: Settings): Spec[] {
  return [
    kernel(settings, { name: "data-kernel", grpc: "KERNEL_PORT", http: "KERNEL_HTTP_PORT" }),
    kernel(settings, { name: "data-kernel-2", grpc: "KERNEL_2_PORT", http: "KERNEL_2_HTTP_PORT" }),
  ];
}

function kernel(settings: Settings, own: { name: string; grpc: PortSetting; http: PortSetting }): Spec {
  const port = settings.ports[own.http];
  const at = addressesOf(settings);
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
      NATS_URL: at.nats,
      EVENT_GATEWAY_URL: at.eventGateway,
      REDIS_URL: at.redis,
      UNLEASH_URL: at.unleash,
      UNLEASH_CLIENT_TOKEN: settings.clientToken,
      FLAG_PREFIX: settings.flagPrefix,
      KEY_PREFIX: settings.keyPrefix,
    },
    ports: portsOf(settings, own.grpc, own.http),
    data: dataOf(settings, "kernel"),
    // Not what its relay tells and asks, NATS, the gateway, flags and Redis: that waits, and commits do not.
    needs: [],
    readiness: { http: `http://${settings.host}:${port}/ready` },
    patience: 60,
  };
}

export function embedding(settings: Settings): Spec {
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

/** The jobs and webhooks of one's own machine may call what runs on it. */
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

export function schedulerApi(settings: Settings): Spec {
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

export function schedulerWorker(settings: Settings): Spec {
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

/** Webhooks of a system of one's own are signed by what everybody may know. */
const DEVELOPMENT_SIGNING_KEY = "webhooks-of-a-system-of-ones-own";

export function eventGateway(settings: Settings): Spec {
  const at = addressesOf(settings);
  const data = dataOf(settings, "event-gateway");
  return {
    name: "event-gateway",
    command: [...NODE, "extracted/event-gateway/main.ts"],
    env: {
      HOST: settings.host,
      PORT: `${settings.ports.EVENT_GATEWAY_HTTP_PORT}`,
      GRPC_PORT: `${settings.ports.EVENT_GATEWAY_PORT}`,
      OMS_ENV: settings.omsEnv,
      KERNEL_URL: at.kernel,
      NATS_URL: at.nats,
      QUEUE_DIR: data,
      WEBHOOK_SIGNING_KEY: DEVELOPMENT_SIGNING_KEY,
      WEBHOOK_ALLOW: LOOPBACK,
    },
    ports: portsOf(settings, "EVENT_GATEWAY_PORT", "EVENT_GATEWAY_HTTP_PORT"),
    data,
    // Not NATS: what it is given meanwhile waits on its disk.
    needs: KERNELS,
    readiness: { http: `${at.eventGatewayHttp}/ready` },
    patience: 60,
  };
}

export function oms(settings: Settings): Spec {
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

export function seed(settings: Settings): Spec {
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
