import { Worker } from "node:worker_threads";
import type { Batch } from "./batch.ts";

/** What computes. */
export type Provider = "cpu" | "cuda";

/** What a worker thread is started with. */
export type SessionOptions = {
  readonly onnxPath: string;
  readonly threads: number;
  readonly provider: Provider;
};

/** A worker's answers: first that it is ready, then one for each batch, in order. */
export type SessionReply =
  | { readonly kind: "ready"; readonly dimensions: number }
  | { readonly kind: "done"; readonly vectors: Float32Array; readonly seconds: number }
  | { readonly kind: "failed"; readonly reason: string };

/** One inference session on a thread of its own, with its own copy of the weights. */
export type Session = {
  /** Length of a vector. */
  readonly dimensions: number;
  /** One batch at a time. `vectors` are rows × dimensions; `seconds` is the time of inference alone. */
  readonly run: (batch: Batch) => Promise<{ vectors: Float32Array; seconds: number }>;
  readonly close: () => Promise<void>;
};

/** Loads the model on a new thread. A thread that dies later ends the process: nothing it held can be answered. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const worker = new Worker(new URL("session-worker.ts", import.meta.url), { workerData: options });
  const first = await nextReply(worker);
  if (first.kind !== "ready") {
    await worker.terminate();
    const reason = first.kind === "failed" ? first.reason : "it answered before it was asked";
    throw new Error(`The model at ${options.onnxPath} cannot be used: ${reason}`);
  }
  worker.on("error", (cause) => {
    throw new Error("An inference thread died", { cause });
  });
  return {
    dimensions: first.dimensions,
    async run(batch) {
      worker.postMessage(batch, [batch.ids.buffer, batch.mask.buffer] as ArrayBuffer[]);
      const reply = await nextReply(worker);
      if (reply.kind === "done") return reply;
      throw new Error(reply.kind === "failed" ? reply.reason : "the thread started again");
    },
    async close() {
      await worker.terminate();
    },
  };
}

function nextReply(worker: Worker): Promise<SessionReply> {
  const { promise, resolve } = Promise.withResolvers<SessionReply>();
  worker.once("message", resolve);
  return promise;
}
