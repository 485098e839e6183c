import { startProcess } from "./processes.ts";

export type Service = {
  /** Base of its REST. */
  readonly url: string;
  /** `host:port` of its gRPC. */
  readonly address: string;
  readonly stop: () => Promise<number>;
};

/** A scheduler service on the kernel at `kernelAddress`. Without a Redis it answers, and nothing of it fires. */
export async function startSchedulerService(
  kernelAddress: string,
  redisUrl = "redis://127.0.0.1:1",
): Promise<Service> {
  const env = { KERNEL_URL: kernelAddress, REDIS_URL: redisUrl, OMS_ENV: "dev", OMS_BUILD: "service-1" };
  const { ports, stop } = await startProcess("extracted/scheduler-service/main.ts", env, "grpcPort", ["api"]);
  return { url: `http://127.0.0.1:${ports["port"]}`, address: `127.0.0.1:${ports["grpcPort"]}`, stop };
}
