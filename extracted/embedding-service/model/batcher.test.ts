import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import fc from "fast-check";
import { Batcher, type BatcherOptions } from "./batcher.ts";
import type { Session } from "./session.ts";

/** A session whose vector of a text is the sum of its ids and its length; batches end when the loop turns. */
function adder(concurrency: { now: number; most: number }): Session {
  return {
    dimensions: 2,
    async run({ rows, columns, ids, mask }) {
      concurrency.now += 1;
      concurrency.most = Math.max(concurrency.most, concurrency.now);
      await new Promise(setImmediate);
      concurrency.now -= 1;
      const vectors = new Float32Array(rows * 2);
      for (let place = 0; place < rows * columns; place++) {
        const row = Math.floor(place / columns);
        if (mask[place] === 0n) continue;
        vectors[row * 2] = (vectors[row * 2] ?? 0) + Number(ids[place]);
        vectors[row * 2 + 1] = (vectors[row * 2 + 1] ?? 0) + 1;
      }
      return { vectors, seconds: 0 };
    },
    close: () => Promise.resolve(),
  };
}

function batcher(options: Partial<BatcherOptions> = {}): Batcher {
  const sessions = [adder({ now: 0, most: 0 })];
  return new Batcher({
    sessions,
    padId: 0,
    budget: 256,
    queueLimit: 1000,
    ran() {},
    now: () => 0,
    ...options,
  });
}

const texts = fc.array(fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 40 }), { maxLength: 80 });

test("every text gets its own vector, once, within the budget, from no busier sessions than there are", async () => {
  await fc.assert(
    fc.asyncProperty(texts, fc.integer({ min: 1, max: 3 }), async (all, workers) => {
      const concurrency = { now: 0, most: 0 };
      const batches: { rows: number; tokens: number }[] = [];
      const batching = batcher({
        sessions: Array.from({ length: workers }, () => adder(concurrency)),
        ran: (batch) => void batches.push(batch),
      });
      const vectors = await Promise.all(all.map((ids) => batching.embed(ids)));
      assert.deepEqual(
        vectors.map((vector) => [...vector]),
        all.map((ids) => [ids.reduce((sum, id) => sum + id, 0), ids.length]),
      );
      assert.equal(
        batches.reduce((sum, { rows }) => sum + rows, 0),
        all.length,
      );
      assert.ok(batches.every(({ tokens }) => tokens <= 256));
      assert.ok(concurrency.most <= workers);
      assert.equal(batching.queued, 0);
    }),
    { numRuns: 50 },
  );
});

test("requests of one turn of the loop share a batch", async () => {
  const batches: number[] = [];
  const batching = batcher({ ran: ({ rows }) => void batches.push(rows) });
  await Promise.all([batching.embed([1, 2]), batching.embed([3, 4]), batching.embed([5, 6])]);
  assert.deepEqual(batches, [3]);
});

test("a text whose deadline has passed is refused before its turn, and the others are answered", async () => {
  const batching = batcher({ now: () => 1000 });
  const late = batching.embed([1], 1000);
  const inTime = batching.embed([2], 1001);
  await assert.rejects(late, { code: "DEADLINE_EXCEEDED" });
  assert.deepEqual([...(await inTime)], [2, 1]);
});

test("a full queue refuses, and takes texts again when it has drained", async () => {
  const batching = batcher({ queueLimit: 2 });
  const waiting = [batching.embed([1]), batching.embed([2])];
  await assert.rejects(batching.embed([3]), (error) => {
    return error instanceof ServiceError && error.code === "RESOURCE_EXHAUSTED";
  });
  await Promise.all(waiting);
  assert.deepEqual([...(await batching.embed([3]))], [3, 1]);
});

test("a batch that fails fails its own texts alone", async () => {
  const sound = adder({ now: 0, most: 0 });
  const session: Session = {
    ...sound,
    run: (batch) => (batch.ids.includes(13n) ? Promise.reject(new Error("no 13")) : sound.run(batch)),
  };
  const batching = batcher({ sessions: [session], budget: 1 });
  const [good, bad, next] = [batching.embed([12]), batching.embed([13]), batching.embed([14])];
  await assert.rejects(bad, { message: "no 13" });
  assert.deepEqual(
    [[...(await good)], [...(await next)]],
    [
      [12, 1],
      [14, 1],
    ],
  );
});
