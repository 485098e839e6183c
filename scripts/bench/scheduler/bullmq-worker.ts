import { createServer } from "node:http";
import { Worker } from "bullmq";
import { connectionOf, RAW_QUEUE } from "./raw-queue.ts";

/** BullMQ alone: takes jobs and does nothing. */
new Worker(RAW_QUEUE, async () => {}, {
  connection: { ...connectionOf(process.env["REDIS_URL"] ?? ""), maxRetriesPerRequest: null },
  concurrency: 50,
  removeOnComplete: { count: 0 },
});
createServer((_request, response) => response.end("ready")).listen(
  Number(process.env["PORT"]),
  process.env["HOST"],
);
