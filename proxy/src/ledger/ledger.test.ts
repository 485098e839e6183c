import assert from "node:assert/strict";
import { test } from "node:test";
import type { Batch } from "./batch.ts";
import type { Entry } from "./entry.ts";
import { Ledger } from "./ledger.ts";

const BOOK = { capability: "embedding", builds: { inProcess: "1", extracted: "2" } };

function lost(reason: string): Entry {
  return {
    method: "embed",
    stage: "shadow",
    authority: { side: "in-process", durationMs: 1, outcome: { kind: "value", value: 1 } },
    result: { outcome: "lost", reason, bytes: 1 },
  };
}

/** Everything a batch raises for "lost coverage", by reason. */
function lostIn(batch: Batch): Record<string, number> {
  const fields = batch.pages().flatMap(({ counters }) => [...counters]);
  const found = fields.filter(([field]) => field.startsWith("lost|"));
  return Object.fromEntries(found.map(([field, by]) => [field.split("|")[3], by]));
}

test("nothing counted, nothing written", async () => {
  const ledger = new Ledger();
  assert.equal(ledger.pending, false);
  await ledger.flush(() => Promise.reject(new Error("written")));
});

test("a batch that could not be written is written again as it was, and what came later follows it", async () => {
  const ledger = new Ledger();
  const written: [id: number, lost: Record<string, number>][] = [];
  const write = async (batch: Batch) => {
    written.push([batch.id, lostIn(batch)]);
  };
  const writeInVain = async (batch: Batch) => {
    await write(batch);
    throw new Error("away");
  };
  ledger.record(BOOK, lost("a"));
  await assert.rejects(ledger.flush(writeInVain), { message: "away" });
  ledger.record(BOOK, lost("b"));
  await assert.rejects(ledger.flush(writeInVain), { message: "away" });
  while (ledger.pending) await ledger.flush(write);
  assert.deepEqual(written, [
    [1, { a: 1 }],
    [1, { a: 1 }],
    [1, { a: 1 }],
    [2, { b: 1 }],
  ]);
});

test("flushing twice at once writes once", async () => {
  const ledger = new Ledger();
  ledger.record(BOOK, lost("a"));
  let writes = 0;
  const write = async () => {
    writes += 1;
    await Promise.resolve();
  };
  await Promise.all([ledger.flush(write), ledger.flush(write)]);
  assert.equal(writes, 1);
});

test("calls that were passed through are counted under the builds of the flush", async () => {
  const ledger = new Ledger();
  let build = "1";
  const passed = ledger.passed(() => ({ ...BOOK, builds: { inProcess: build, extracted: "2" } }), "embed");
  passed.calls += 2;
  build = "3";
  const pages: unknown[] = [];
  await ledger.flush(async (batch) => {
    for (const { book, counters } of batch.pages()) pages.push([book.builds.inProcess, [...counters]]);
  });
  assert.deepEqual(pages, [["3", [["passed|embed|in-process", 2]]]]);
  assert.equal(ledger.pending, false);
});

test("every capability and pair of builds is counted on a page of its own, however their calls alternate", async () => {
  const ledger = new Ledger();
  const others = [
    { ...BOOK, capability: "scheduler" },
    { ...BOOK, builds: { ...BOOK.builds, inProcess: "3" } },
    { ...BOOK, builds: { ...BOOK.builds, extracted: "3" } },
  ];
  for (const book of others) for (const each of [BOOK, book]) ledger.record({ ...each }, lost("lane full"));
  await ledger.flush(async (batch) => {
    const calls = batch.pages().map(({ book, counters }) => {
      return [book, counters.get("lost|embed|shadow|lane full")];
    });
    assert.deepEqual(calls, [[BOOK, 3], ...others.map((book) => [book, 1])]);
  });
});

test("reasons a comparator makes up for every call do not grow the ledger, and no call is left out", async () => {
  const ledger = new Ledger();
  for (let i = 0; i < 1000; i++) ledger.record(BOOK, lost(`skipped: ${i}`));
  await ledger.flush(async (batch) => {
    const reasons = lostIn(batch);
    assert.equal(Object.keys(reasons).length, 65);
    assert.equal(
      Object.values(reasons).reduce((total, calls) => total + calls, 0),
      1000,
    );
  });
});

test("only so many samples wait, the newest ones", async () => {
  const ledger = new Ledger();
  const sample = { at: 1, method: "embed", stage: "live", because: "", args: 0, authority: 0, watched: 0 };
  for (let seed = 0; seed < 500; seed++) ledger.sample(BOOK, { ...sample, seed });
  await ledger.flush(async (batch) => {
    const seeds = batch.pages().flatMap(({ samples }) => samples.map((kept) => kept.seed));
    assert.equal(seeds.length, 100);
    assert.equal(seeds.at(-1), 499);
  });
});
