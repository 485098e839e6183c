import { parentPort, workerData } from "node:worker_threads";
import { type HookSettings, loadInspect } from "../../hooks/load.ts";
import { type Checkpoint, type Checkpointed, checkpoint } from "./checkpoint.ts";
import { openForReading, openForWriting } from "./database.ts";
import { type Call, type Outcome, runTogether } from "./group.ts";

/** What the thread is for; "close" as a message ends it. */
export type Role = {
  readonly file: string;
  readonly role: "reader" | "writer";
  readonly hooks: HookSettings;
};
export type ToWorker = Call | Checkpoint | "close";
/** `ready` once, then outcomes. */
export type FromWorker = "ready" | readonly (Outcome | Checkpointed)[];

/** Keeps a long queue from making one endless transaction. */
const LARGEST_GROUP = 256;

const port = parentPort;
if (!port) throw new Error("worker.ts runs as a worker thread");
const { file, role, hooks }: Role = workerData;
const inspect = await loadInspect(hooks);
const database = role === "writer" ? openForWriting(file) : openForReading(file);
const begin = role === "writer" ? "BEGIN IMMEDIATE" : "BEGIN";
const queue: (Call | Checkpoint)[] = [];
let closing = false;

/** What arrived while the last group was written to disk makes the next group; a checkpoint is one of its own. */
function runGroup(): void {
  port?.postMessage(nextGroup() satisfies FromWorker);
  if (queue.length > 0) setImmediate(runGroup);
  else if (closing) close();
}

function nextGroup(): FromWorker {
  const [first] = queue;
  if (first?.method === "checkpoint") return queue.splice(0, 1).map(({ id }) => checkpoint(database, id));
  const calls: Call[] = [];
  for (const call of queue.slice(0, LARGEST_GROUP)) {
    if (call.method === "checkpoint") break;
    calls.push(call);
  }
  queue.splice(0, calls.length);
  return runTogether({ ...database, inspect }, begin, calls);
}

function close(): void {
  database.connection.close();
  port?.close();
}

port.on("message", (message: ToWorker) => {
  if (message !== "close") {
    if (queue.push(message) === 1) setImmediate(runGroup);
  } else if (queue.length > 0) closing = true;
  else close();
});
port.postMessage("ready" satisfies FromWorker);
