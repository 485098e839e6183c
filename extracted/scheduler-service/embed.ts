import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openChannel } from "@oms/chassis/grpc-channel.ts";
import type { Embed } from "@oms/jobs/executors/reembed.ts";
import { EmbeddingServiceDefinition } from "@oms/protos/oms/embedding/v1/embedding.ts";

const DEADLINE_MS = 8000;

/** Where embedding is, and of which model its vectors are to be: by its version, or by the folder that says it. */
export type EmbedSettings = {
  readonly EMBEDDING_URL?: string | undefined;
  readonly EMBEDDING_MODEL_VERSION?: string | undefined;
  readonly EMBEDDING_MODEL_DIR?: string | undefined;
};

/** Has the embedding-service embed objects; undefined where the settings do not say of which model. */
export async function embedThrough(settings: EmbedSettings): Promise<Embed | undefined> {
  const { EMBEDDING_URL: address } = settings;
  const modelVersion = await versionOf(settings);
  if (address === undefined || modelVersion === undefined) return undefined;
  const channel = openChannel(EmbeddingServiceDefinition, { address, deadlineMs: DEADLINE_MS });
  return (request) => channel.client.store({ ...request, modelVersion });
}

async function versionOf(settings: EmbedSettings): Promise<string | undefined> {
  const { EMBEDDING_MODEL_VERSION: version, EMBEDDING_MODEL_DIR: dir } = settings;
  if (version !== undefined || dir === undefined) return version;
  const written = await readFile(join(dir, "version"), "utf8").catch(() => "");
  return written.trim() || undefined;
}
