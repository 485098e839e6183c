import { openChannel } from "@oms/chassis/grpc-channel.ts";
import type { Embed } from "@oms/jobs/executors/reembed.ts";
import { EmbeddingServiceDefinition } from "@oms/protos/oms/embedding/v1/embedding.ts";

const DEADLINE_MS = 8000;

/** Where embedding is, and of which model its vectors are to be. */
export type EmbedSettings = {
  readonly EMBEDDING_URL?: string | undefined;
  readonly EMBEDDING_MODEL_VERSION?: string | undefined;
};

/** Has the embedding-service embed objects; undefined unless both settings are given. */
export function embedThrough(settings: EmbedSettings): Embed | undefined {
  const { EMBEDDING_URL: address, EMBEDDING_MODEL_VERSION: modelVersion } = settings;
  if (address === undefined || modelVersion === undefined) return undefined;
  const channel = openChannel(EmbeddingServiceDefinition, { address, deadlineMs: DEADLINE_MS });
  return (request) => channel.client.store({ ...request, modelVersion });
}
