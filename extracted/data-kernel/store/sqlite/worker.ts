import { parentPort, workerData } from "node:worker_threads";
import { openForReading, openForWriting } from "./database.ts";
import { type Call, type Outcome, runTogether } from "./group.ts";

/** What the thread is for; "close" as a message ends it. */
export type Role = { readonly file: string; readonly role: "reader" | "writer" };
export type ToWorker = Call | "close";
/** `ready` once, then outcomes. */
export type FromWorker = "ready" | readonly Outcome[];

/** Keeps a long queue from making one endless transaction. */
const LARGEST_GROUP = 256;

const port = parentPort;
if (!port) throw new Error("worker.ts runs as a worker thread");
const { file, role }: Role = workerData;
const database = role === "writer" ? openForWriting(file) : openForReading(file);
const begin = role === "writer" ? "BEGIN IMMEDIATE" : "BEGIN";
const queue: Call[] = [];

/** What arrived while the last group was written to disk makes the next group. */
function runGroup(): void {
  port?.postMessage(runTogether(database, begin, queue.splice(0, LARGEST_GROUP)) satisfies FromWorker);
  if (queue.length > 0) setImmediate(runGroup);
  else if (closing) close();
}

function close(): void {
  database.connection.close();
  port?.close();
}

let closing = false;
port.on("message", (message: ToWorker) => {
  if (message !== "close") {
    if (queue.push(message) === 1) setImmediate(runGroup);
  } else if (queue.length > 0) closing = true;
  else close();
});
port.postMessage("ready" satisfies FromWorker);
