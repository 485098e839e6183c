import { startProcess } from "./processes.ts";

export type Gateway = {
  /** Base of its REST. */
  readonly url: string;
  /** `host:port` of its gRPC. */
  readonly address: string;
  readonly stop: () => Promise<number>;
};

/** An event gateway between the NATS at `natsUrl` and the kernel at `kernelAddress`; without a queue of its own. */
export async function startEventGateway(
  kernelAddress: string,
  natsUrl: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Gateway> {
  const place = { KERNEL_URL: kernelAddress, NATS_URL: natsUrl };
  const env = { ...place, OMS_ENV: "dev", OMS_BUILD: "gateway-1", ...more };
  const { ports, stop } = await startProcess("extracted/event-gateway/main.ts", env, "grpcPort");
  return { url: `http://127.0.0.1:${ports["port"]}`, address: `127.0.0.1:${ports["grpcPort"]}`, stop };
}
