import { parentPort, workerData } from "node:worker_threads";
import { InferenceSession, Tensor } from "onnxruntime-node";
import type { Batch } from "./batch.ts";
import type { SessionOptions, SessionReply } from "./session.ts";

/** onnxruntime computes on the thread that calls it; here that blocks nobody. */
const OUTPUT = "sentence_embedding";
const FATAL_ONLY = 4;

/** The model's inputs by name; a HuggingFace export may want only some of them. */
const FEEDS: Readonly<Record<string, (batch: Batch) => BigInt64Array>> = {
  input_ids: (batch) => batch.ids,
  attention_mask: (batch) => batch.mask,
  token_type_ids: (batch) => new BigInt64Array(batch.ids.length),
};

async function open({ onnxPath, threads }: SessionOptions): Promise<InferenceSession> {
  const session = await InferenceSession.create(onnxPath, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: FATAL_ONLY,
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  });
  const unknown = session.inputNames.filter((name) => !(name in FEEDS));
  if (unknown.length > 0) throw new Error(`it wants ${unknown.join(", ")}`);
  if (!session.outputNames.includes(OUTPUT)) throw new Error(`it has no output ${OUTPUT}`);
  return session;
}

async function run(session: InferenceSession, batch: Batch): Promise<Float32Array<ArrayBuffer>> {
  const shape = [batch.rows, batch.columns];
  const feeds = session.inputNames.map((name) => {
    const values = FEEDS[name]?.(batch);
    if (!values) throw new Error(`nothing feeds ${name}`);
    return [name, new Tensor("int64", values, shape)] as const;
  });
  const { [OUTPUT]: output } = await session.run(Object.fromEntries(feeds), [OUTPUT]);
  if (!(output?.data instanceof Float32Array)) throw new Error(`${OUTPUT} is not float32`);
  return Float32Array.from(output.data);
}

function post(reply: SessionReply): void {
  parentPort?.postMessage(reply, reply.kind === "done" ? [reply.vectors.buffer as ArrayBuffer] : []);
}

async function answer(session: InferenceSession, batch: Batch): Promise<SessionReply> {
  try {
    const started = performance.now();
    const vectors = await run(session, batch);
    return { kind: "done", vectors, seconds: (performance.now() - started) / 1000 };
  } catch (error) {
    return { kind: "failed", reason: String(error) };
  }
}

async function start(options: SessionOptions): Promise<void> {
  try {
    const session = await open(options);
    const one = { rows: 1, columns: 1, ids: BigInt64Array.of(0n), mask: BigInt64Array.of(1n) };
    const { length: dimensions } = await run(session, one);
    parentPort?.on("message", (batch: Batch) => {
      answer(session, batch).then(post, (error: unknown) => {
        throw error;
      });
    });
    post({ kind: "ready", dimensions });
  } catch (error) {
    post({ kind: "failed", reason: String(error) });
  }
}

await start(workerData as SessionOptions);
