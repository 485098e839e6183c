import { setTimeout as wait } from "node:timers/promises";
import { Queue } from "bullmq";

export const RAW_QUEUE = "bench";

const BULK = 500;
const POLL_MS = 10;

export type RawQueue = {
  /** One job, acknowledged by Redis. */
  readonly add: () => Promise<unknown>;
  /** Seconds from the first of `count` jobs that are added until the last one is done. */
  readonly drain: (count: number) => Promise<number>;
};

export function connectionOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

/** BullMQ as it comes. What `add` leaves is never taken: no worker looks at that queue. */
export function openRawQueue(opening: AsyncDisposableStack, redis: string): RawQueue {
  const connection = connectionOf(redis);
  const options = { connection, defaultJobOptions: { removeOnComplete: true } };
  const [drained, left] = [new Queue(RAW_QUEUE, options), new Queue("bench-left", options)];
  opening.defer(() => drained.close());
  opening.defer(() => left.close());
  let added = 0;
  return {
    add: () => left.add("nothing", {}, { jobId: `left-${added++}` }),
    async drain(count) {
      const began = performance.now();
      for (let n = 0; n < count; n += BULK) {
        const bulk = Array.from({ length: Math.min(BULK, count - n) }, () => ({ name: "nothing", data: {} }));
        await drained.addBulk(bulk);
      }
      while ((await drained.getJobCountByTypes("waiting", "active", "prioritized")) > 0) await wait(POLL_MS);
      return (performance.now() - began) / 1000;
    },
  };
}
