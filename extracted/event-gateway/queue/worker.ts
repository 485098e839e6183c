import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { type Depth, QueueFile } from "./file.ts";
import { type Call, type Outcome, runTogether } from "./group.ts";
import { Reserve } from "./reserve.ts";

export type QueueSettings = {
  readonly dir: string;
  /** How much may wait or be parked, in bytes. */
  readonly maxBytes: number;
};
export type ToWorker = readonly Call[] | "close";
/** One outcome a call, in their order, and how deep the queue is after them. */
export type FromWorker = { readonly outcomes: readonly Outcome[]; readonly depth: Depth };

const BUSY = 5;
/** Over what the write-ahead log can hold (checkpointed each 4 MB, a group more) when the disk leaves it no room. */
const RESERVE_BYTES = 16 * 1024 * 1024;

const port = parentPort;
if (!port) throw new Error("worker.ts runs as a worker thread");
const { dir, maxBytes }: QueueSettings = workerData;
const file = open();
const reserve = new Reserve(join(dir, "reserve"), RESERVE_BYTES);

port.on("message", (message: ToWorker) => {
  if (message === "close") {
    file.close();
    port.close();
    return;
  }
  const outcomes = runTogether(file, reserve, message);
  port.postMessage({ outcomes, depth: file.depth() } satisfies FromWorker);
});
port.postMessage({ outcomes: [], depth: file.depth() } satisfies FromWorker);

function open(): QueueFile {
  mkdirSync(dir, { recursive: true });
  try {
    return new QueueFile(join(dir, "queue.db"), maxBytes);
  } catch (error) {
    if (error instanceof Error && "errcode" in error && error.errcode === BUSY)
      throw new Error(`the queue's directory ${dir} is in use by another process`, { cause: error });
    throw error;
  }
}
