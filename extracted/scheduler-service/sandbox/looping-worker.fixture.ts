import { createLogger } from "@oms/chassis/log.ts";
import { Pool } from "./pool.ts";

/** A worker with one child, which loops; `file` is where the child writes its process id. */
const [, , file = ""] = process.argv;
const pool = new Pool({
  env: process.env,
  heapMb: 64,
  residentMb: 500,
  takesMs: 10_000,
  children: 1,
  logger: createLogger("worker", "error"),
});
await pool.run({
  type: "loop",
  task: { id: "job/1", job: "job", attempt: 1, plannedMs: 1, payload: { file }, checkpoint: undefined },
  signal: new AbortController().signal,
  checkpoint: async () => {},
});
