import { existsSync } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmbeddingServiceDefinition } from "@oms/protos/oms/embedding/v1/embedding.ts";
import { createChannel, createClient } from "nice-grpc";
import { z } from "zod";
import { writeRandomEncoder } from "../../model/random-encoder.ts";
import { http } from "../../story/http.ts";
import { type MeasuredProcess, startMeasured } from "../measured-process.ts";
import { BENCH_DIRECTORY, installPeer } from "../peers.ts";

const PEER = { name: "@huggingface/transformers", version: "4.3.1" } as const;

export const OURS = "embedding-service";
export const THEIRS = "transformers.js";

export type Side = Pick<MeasuredProcess, "eventLoopP99"> & {
  readonly embed: (text: string) => Promise<readonly number[]>;
  readonly embedBatch: (texts: readonly string[]) => Promise<readonly (readonly number[])[]>;
  /** Starts it anew, beside the running one, and stops that again. Returns the seconds until it was ready. */
  readonly coldStart: () => Promise<number>;
};

export type Sides = {
  readonly of: (name: string) => Side;
  readonly close: () => Promise<void>;
};

type Launch = Parameters<typeof startMeasured>;

/** Both sides on the same model file, each in a process of its own, and a kernel, without which ours is not ready. */
export async function openSides(progress: (text: string) => void): Promise<Sides> {
  await installPeer(PEER.name, PEER.version, progress);
  const model = await modelDirectory(progress);
  progress("starting both sides");
  await using opening = new AsyncDisposableStack();
  const data = await mkdtemp(join(tmpdir(), "bench-"));
  opening.defer(() => rm(data, { recursive: true }));
  const start = async (...launch: Launch) => {
    const started = await startMeasured(...launch);
    opening.defer(started.stop);
    return started;
  };
  const kernel = await start(["extracted/data-kernel/main.ts"], { DATA_DIR: data });
  const env = { EMBEDDING_MODEL_DIR: model, KERNEL_URL: kernel.address, REDIS_URL: "" };
  const launchOurs: Launch = [["extracted/embedding-service/main.ts"], env];
  const launchTheirs: Launch = [["scripts/bench/embedding/peer.ts", model], {}];
  const [ours, theirs] = [await start(...launchOurs), await start(...launchTheirs)];
  const modelVersion = await versionOf(ours);
  const sides: Readonly<Record<string, Side>> = {
    [OURS]: sideOf(ours, launchOurs, modelVersion),
    [THEIRS]: sideOf(theirs, launchTheirs, modelVersion),
  };
  const opened = opening.move();
  return {
    of(name) {
      const side = sides[name];
      if (!side) throw new Error(`there is no side ${name}`);
      return side;
    },
    close: () => opened.disposeAsync(),
  };
}

function sideOf({ address, eventLoopP99 }: MeasuredProcess, launch: Launch, modelVersion: string): Side {
  // Not through the chassis: its keepalive takes a loop that is blocked for two seconds for a dead peer.
  const client = createClient(EmbeddingServiceDefinition, createChannel(address));
  return {
    eventLoopP99,
    async embed(text) {
      return (await client.embed({ text, modelVersion })).embedding?.vector ?? [];
    },
    async embedBatch(texts) {
      const { embeddings } = await client.embedBatch({ texts: [...texts], modelVersion });
      return embeddings.map(({ vector }) => vector);
    },
    async coldStart() {
      const { startSeconds, stop } = await startMeasured(...launch);
      await stop();
      return startSeconds;
    },
  };
}

async function versionOf({ url }: MeasuredProcess): Promise<string> {
  const { body } = await http("POST", `${url}/embedding`, { body: { text: "a" } });
  return z.object({ modelVersion: z.string() }).parse(body).modelVersion;
}

/** all-MiniLM-L6-v2's sizes with random weights: what is measured does not depend on what they mean. */
async function modelDirectory(progress: (text: string) => void): Promise<string> {
  const directory = join(BENCH_DIRECTORY, "minilm");
  if (existsSync(directory)) return directory;
  progress("writing a model");
  const staging = `${directory}.${process.pid}`;
  await writeRandomEncoder(staging, "minilm");
  await rename(staging, directory);
  return directory;
}
