import { parentPort, workerData } from "node:worker_threads";
import { InferenceSession, Tensor } from "onnxruntime-node";
import type { Batch } from "./batch.ts";
import { maskedMean, normalise } from "./pool.ts";
import type { SessionOptions, SessionReply } from "./session.ts";

/** onnxruntime computes on the thread that calls it; here that blocks nobody. */
const FATAL_ONLY = 4;
/**
 * How long a thread that waits for the others keeps its core. Asleep at once, the dozens of hand-overs within a run
 * cost a fifth of its speed; onnxruntime's own bound burns twice the run's time after every run.
 */
const SPIN_MICROSECONDS = "5000";

/** The model's inputs by name; a HuggingFace export may want only some of them. */
const FEEDS: Readonly<Record<string, (batch: Batch) => BigInt64Array>> = {
  input_ids: (batch) => batch.ids,
  attention_mask: (batch) => batch.mask,
  token_type_ids: (batch) => new BigInt64Array(batch.ids.length),
};

/** Where the vectors are, best first: some exports pool by themselves, a plain one ends with a state for every token. */
const OUTPUTS: readonly [string, (values: Float32Array, batch: Batch) => Float32Array<ArrayBuffer>][] = [
  ["sentence_embedding", (values) => new Float32Array(values)],
  ["last_hidden_state", maskedMean],
];

const NO_CUDA =
  "EMBEDDING_PROVIDER is cuda, and onnxruntime finds none here; install CUDA 12, cuDNN 9 and onnxruntime's own " +
  "libraries for them (its install script fetches these), or set EMBEDDING_PROVIDER to cpu";

async function open(options: SessionOptions): Promise<InferenceSession> {
  const session = await create(options);
  const unknown = session.inputNames.filter((name) => !(name in FEEDS));
  if (unknown.length > 0) throw new Error(`it wants ${unknown.join(", ")}`);
  return session;
}

async function create({ onnxPath, threads, provider }: SessionOptions): Promise<InferenceSession> {
  const creating = InferenceSession.create(onnxPath, {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: FATAL_ONLY,
    extra: { session: { intra_op: { spin_duration_us: SPIN_MICROSECONDS } } },
  });
  try {
    return await creating;
  } catch (cause) {
    if (provider === "cuda" && String(cause).includes("ExecutionProvider"))
      throw new Error(NO_CUDA, { cause });
    throw cause;
  }
}

function outputOf(session: InferenceSession) {
  const output = OUTPUTS.find(([name]) => session.outputNames.includes(name));
  if (output) return output;
  const names = OUTPUTS.map(([name]) => name).join(" nor ");
  throw new Error(`it has neither output ${names}, only ${session.outputNames.join(", ")}`);
}

async function run(session: InferenceSession, batch: Batch): Promise<Float32Array<ArrayBuffer>> {
  const shape = [batch.rows, batch.columns];
  const feeds = session.inputNames.map((name) => {
    const values = FEEDS[name]?.(batch);
    if (!values) throw new Error(`nothing feeds ${name}`);
    return [name, new Tensor("int64", values, shape)] as const;
  });
  const [name, vectorsIn] = outputOf(session);
  const { [name]: output } = await session.run(Object.fromEntries(feeds), [name]);
  if (!(output?.data instanceof Float32Array)) throw new Error(`${name} is not float32`);
  const vectors = vectorsIn(output.data, batch);
  normalise(vectors, batch.rows);
  return vectors;
}

function post(reply: SessionReply): void {
  parentPort?.postMessage(reply, reply.kind === "done" ? [reply.vectors.buffer as ArrayBuffer] : []);
}

/** A thread's error crosses to another as its text. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function answer(session: InferenceSession, batch: Batch): Promise<SessionReply> {
  try {
    const started = performance.now();
    const vectors = await run(session, batch);
    return { kind: "done", vectors, seconds: (performance.now() - started) / 1000 };
  } catch (error) {
    return { kind: "failed", reason: reasonOf(error) };
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
    post({ kind: "failed", reason: reasonOf(error) });
  }
}

await start(workerData as SessionOptions);
