import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Batch } from "./batch.ts";
import type { Entry } from "./entry.ts";
import { breakerField, incrementsOf, passedField, readCounters } from "./fields.ts";

const side = fc.constantFrom("in-process" as const, "extracted" as const);
const outcome = fc.constantFrom(
  { kind: "value" as const, value: 1 },
  { kind: "answer" as const, error: new Error("no") },
  { kind: "failure" as const, failure: "deadline" as const, error: new Error("late") },
);
const observation = fc.record({ side, outcome, durationMs: fc.double({ min: 0, max: 9999, noNaN: true }) });
const result = fc.oneof(
  fc.record({ outcome: fc.constantFrom("match" as const, "noise" as const, "mismatch" as const) }),
  fc.record({
    outcome: fc.constant("lost" as const),
    reason: fc.constantFrom("lane full", "skipped: poorly covered", "skipped: a|b"),
    bytes: fc.nat(),
  }),
);
const entry: fc.Arbitrary<Entry> = fc.record({
  method: fc.constantFrom("embed", "search"),
  stage: fc.constantFrom("shadow" as const, "live" as const),
  authority: observation,
  fallback: fc.option(fc.constantFrom("deadline" as const, "breaker open" as const), { nil: undefined }),
  watched: fc.option(observation, { nil: undefined }),
  result,
  control: fc.option(fc.constantFrom("match" as const, "mismatch" as const), { nil: undefined }),
});

const BOOK = { capability: "embedding", builds: { inProcess: "1", extracted: "2" } };

/** Counts entries as the ledger does and reads them back. */
function counted(entries: readonly Entry[]) {
  const batch = new Batch(1);
  for (const one of entries) batch.count(BOOK, incrementsOf(one));
  const pages = batch
    .pages()
    .map(({ counters }) => Object.fromEntries([...counters].map(([field, by]) => [field, String(by)])));
  return readCounters(pages);
}

const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, n) => total + n, 0);

test("what is counted adds up to the calls made, in every stage", () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 200 }), (entries) => {
      for (const { method, stage, tally } of counted(entries).methods) {
        const made = entries.filter((one) => one.method === method && one.stage === stage);
        const calls = sum(Object.values(tally.calls).flatMap((outcomes) => Object.values(outcomes)));
        const compared = sum(Object.values(tally.compared));
        const lost = sum(Object.values(tally.lost).map((reason) => reason.calls));
        assert.equal(calls, made.length);
        assert.equal(compared + lost, made.length);
        assert.equal(sum(Object.values(tally.fallbacks)), made.filter((one) => one.fallback).length);
      }
    }),
  );
});

test("every call that got an answer has its duration counted, on the side that gave it", () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 100 }), (entries) => {
      const answered = entries
        .flatMap((one) => [one.authority, ...(one.watched ? [one.watched] : [])])
        .filter((seen) => seen.outcome.kind !== "failure").length;
      const durations = counted(entries).methods.flatMap(({ tally }) =>
        Object.values(tally.latency).flatMap((histogram) => [...histogram.values()]),
      );
      assert.equal(sum(durations), answered);
    }),
  );
});

test("lost coverage is read back by reason, with its bytes, whatever the reason is called", () => {
  const lost = (reason: string, bytes: number): Entry => ({
    method: "embed",
    stage: "live",
    authority: { side: "extracted", durationMs: 1, outcome: { kind: "value", value: 1 } },
    result: { outcome: "lost", reason, bytes },
  });
  const [view] = counted([lost("skipped: a|b", 5), lost("skipped: a|b", 6), lost("budget", 0)]).methods;
  assert.deepEqual(view?.tally.lost, {
    "skipped: a|b": { calls: 2, bytes: 11 },
    budget: { calls: 1, bytes: 0 },
  });
});

test("calls passed through and breakers are read back", () => {
  const read = readCounters([
    { [passedField("embed")]: "3", [breakerField("embed", "opened")]: "2" },
    { [passedField("embed")]: "4", [breakerField("embed", "closed")]: "1" },
  ]);
  assert.equal(read.methods[0]?.tally.passed, 7);
  assert.equal(read.methods[0]?.stage, "in-process");
  assert.deepEqual(read.breakers, [{ method: "embed", opened: 2, closed: 1 }]);
});

test("the methods there are, called or not, are read back and count for nothing", () => {
  const batch = new Batch(1);
  batch.count({ ...BOOK, methods: { embed: {}, search: {} } }, [[passedField("embed"), 1]]);
  const [page] = batch.pages();
  const stored = [...(page?.counters ?? [])].map(([field, by]) => [field, String(by)] as const);
  const read = readCounters([Object.fromEntries(stored), Object.fromEntries(stored)]);
  assert.deepEqual(read.known, ["embed", "search"]);
  assert.deepEqual(
    read.methods.map(({ method, tally }) => [method, tally.passed]),
    [["embed", 2]],
  );
});

test("counters of another version are left out", () => {
  const read = readCounters([
    { "calls|embed|shadow|in-process|perhaps": "1", "what|embed|nowhere": "1", x: "1" },
  ]);
  assert.equal(sum(Object.values(read.methods[0]?.tally.calls["in-process"] ?? {})), 0);
  assert.deepEqual(read.breakers, []);
});
