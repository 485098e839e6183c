import type { Settings } from "../settings.ts";

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
    | "eventGateway"
    | "eventGatewayHttp"
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
    eventGateway: given.eventGateway ?? `${host}:${ports.EVENT_GATEWAY_PORT}`,
    eventGatewayHttp: `http://${host}:${ports.EVENT_GATEWAY_HTTP_PORT}`,
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
    EVENT_GATEWAY_URL: at.eventGateway,
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
