import { MODEL_DIR } from "./model.ts";
import { startProcess } from "./processes.ts";

export type Service = {
  /** Base of its REST. */
  readonly url: string;
  /** `host:port` of its gRPC. */
  readonly address: string;
  readonly stop: () => Promise<number>;
};

/** An embedding service on the kernel at `kernelAddress`. */
export async function startEmbeddingService(kernelAddress: string, modelDir = MODEL_DIR): Promise<Service> {
  const env = {
    KERNEL_URL: kernelAddress,
    EMBEDDING_MODEL_DIR: modelDir,
    OMS_ENV: "dev",
    OMS_BUILD: "service-1",
  };
  const { ports, stop } = await startProcess("extracted/embedding-service/main.ts", env, "grpcPort");
  return { url: `http://127.0.0.1:${ports["port"]}`, address: `127.0.0.1:${ports["grpcPort"]}`, stop };
}
