import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { inOrder } from "./in-order.ts";

async function* from<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

async function collect<T>(answers: AsyncIterable<T>): Promise<{ values: T[]; error: unknown }> {
  const values: T[] = [];
  try {
    for await (const value of answers) values.push(value);
    return { values, error: undefined };
  } catch (error) {
    return { values, error };
  }
}

/** Takes as many turns of the loop as it is told. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}

const delays = fc.array(fc.nat(4), { maxLength: 25 });

test("answers come in the order of the items, whichever is done first, and no more are in work than may be", async () => {
  await fc.assert(
    fc.asyncProperty(delays, fc.integer({ min: 1, max: 6 }), async (all, most) => {
      let [now, peak] = [0, 0];
      const answers = inOrder(from(all.entries()), most, async ([index, delay]) => {
        now += 1;
        peak = Math.max(peak, now);
        await turns(delay);
        now -= 1;
        return index;
      });
      assert.deepEqual((await collect(answers)).values, [...all.keys()]);
      assert.ok(peak <= most);
    }),
    { numRuns: 50 },
  );
});

test("no item is read beyond those in work or waiting to be taken", async () => {
  let read = 0;
  const endless = async function* () {
    for (;;) yield read++;
  };
  const answers = inOrder(endless(), 5, async (item) => item);
  assert.equal((await answers.next()).value, 0);
  await turns(20);
  assert.ok(read <= 6, `${read} were read`);
  assert.equal((await answers.next()).value, 1);
  await answers.return();
});

test("the first failure ends it, after the answers before it", async () => {
  await fc.assert(
    fc.asyncProperty(delays, fc.nat(24), async (all, bad) => {
      const failure = new Error("bad");
      const answers = inOrder(from(all.entries()), 4, async ([index, delay]) => {
        await turns(delay);
        if (index >= bad) throw failure;
        return index;
      });
      const { values, error } = await collect(answers);
      assert.deepEqual(values, [...all.keys()].slice(0, bad));
      assert.equal(error, all.length > bad ? failure : undefined);
    }),
    { numRuns: 50 },
  );
});

test("where the items themselves fail, the answers before that still come", async () => {
  const failure = new Error("cut off");
  const items = async function* () {
    yield 1;
    yield 2;
    throw failure;
  };
  const slow = async (item: number) => {
    await turns(5);
    return item;
  };
  assert.deepEqual(await collect(inOrder(items(), 9, slow)), { values: [1, 2], error: failure });
});

test("a source that waits for an answer before its next item gets it", async () => {
  const asked = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
  const items = async function* () {
    for (const [index, { promise }] of asked.entries()) {
      yield index;
      await promise;
    }
  };
  const seen: number[] = [];
  for await (const value of inOrder(items(), 8, async (item) => item)) {
    seen.push(value);
    asked[value]?.resolve();
  }
  assert.deepEqual(seen, [0, 1, 2]);
});

test("who stops taking answers closes the source", async () => {
  const closed = Promise.withResolvers<void>();
  const items = async function* () {
    try {
      for (;;) yield 1;
    } finally {
      closed.resolve();
    }
  };
  for await (const _ of inOrder(items(), 2, async (item) => item)) break;
  await closed.promise;
});
