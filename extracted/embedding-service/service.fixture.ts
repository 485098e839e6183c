import { type CallContext, newContext, runInContext } from "@oms/chassis/context/context.ts";
import { openChannel } from "@oms/chassis/grpc-channel.ts";
import { createLogger } from "@oms/chassis/log.ts";
import { EmbeddingServiceDefinition } from "@oms/protos/oms/embedding/v1/embedding.ts";
import { embeddingConfig } from "./config.ts";
import { MODEL_DIRECTORY } from "./model.fixture.ts";
import { startEmbeddingService } from "./service.ts";

/** The service in this process over the kernel at `kernel`, with a gRPC client and a way to post JSON. */
export async function startService(kernel: string, env: Readonly<Record<string, string>> = {}) {
  const config = embeddingConfig.parse({
    PORT: "0",
    GRPC_PORT: "0",
    OMS_ENV: "test",
    OMS_BUILD: "build-1",
    KERNEL_URL: kernel,
    EMBEDDING_MODEL_DIR: MODEL_DIRECTORY,
    EMBEDDING_THREADS: "1",
    ...env,
  });
  const service = await startEmbeddingService(config, createLogger("embedding-service", "silent"));
  const channel = openChannel(EmbeddingServiceDefinition, { address: `127.0.0.1:${service.grpcPort}` });
  return {
    ...service,
    client: channel.client,
    url: `http://127.0.0.1:${service.port}`,
    async post(path: string, body: string) {
      const headers = { "content-type": "application/json" };
      const response = await fetch(`http://127.0.0.1:${service.port}${path}`, {
        method: "POST",
        headers,
        body,
      });
      return { status: response.status, body: await response.text() };
    },
    async stop() {
      channel.close();
      await service.stop();
    },
  };
}

/** Runs a call as a caller with this context. */
export function as<R>(known: Partial<CallContext>, run: () => Promise<R>): Promise<R> {
  return runInContext(newContext({ author: "alice@oms", ...known }), run);
}
