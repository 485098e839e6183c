import assert from "node:assert/strict";
import { test } from "node:test";
import { type Increment, incrementsOf, readCounters } from "../ledger/fields.ts";
import type { PairView } from "../ledger/reader.ts";
import { DEFAULT_STANDARD } from "../verdict/verdict.ts";
import { buildReport } from "./build.ts";
import { latestOf } from "./latest.ts";

const ENOUGH = 2000;

/** A pair of builds under which each method was compared `calls` times with one outcome. */
function pair(
  inProcess: string,
  lastCountedAt: number,
  methods: Readonly<Record<string, readonly ["match" | "mismatch", number]>>,
): PairView {
  const counters: Record<string, string> = {};
  for (const [method, [outcome, calls]] of Object.entries(methods))
    for (const [field] of incrementsFor(method, outcome)) counters[field] = String(calls);
  const builds = { inProcess, extracted: "gateway-1" };
  return { builds, days: [], lastCountedAt, samples: [], ...readCounters([counters]) };
}

function incrementsFor(method: string, outcome: "match" | "mismatch"): Increment[] {
  const seen = { durationMs: 1, outcome: { kind: "value", value: 1 } } as const;
  return incrementsOf({
    method,
    stage: "shadow",
    authority: { side: "in-process", ...seen },
    watched: { side: "extracted", ...seen },
    result: { outcome },
  });
}

const latest = (...pairs: PairView[]) =>
  latestOf(buildReport({ capability: "events", pairs }, DEFAULT_STANDARD).pairs);

test("two processes of one capability, of other builds, each count with their own methods", () => {
  const oms = pair("oms-2", 20, { publish: ["match", ENOUGH] });
  const relay = pair("kernel-1", 10, { publishCommits: ["match", ENOUGH] });
  const expected = { at: 20, compared: 2 * ENOUGH, verdict: "equivalent" };
  assert.deepEqual(latest(oms, relay), expected);
  assert.deepEqual(latest(relay, oms), expected);
});

test("what one of them shows does not hide behind what the other does", () => {
  const oms = pair("oms-2", 20, { publish: ["match", ENOUGH] });
  assert.equal(latest(oms, pair("kernel-1", 10, { tail: ["mismatch", ENOUGH] }))?.verdict, "different");
  assert.equal(latest(oms, pair("kernel-1", 10, { tail: ["match", 1] }))?.verdict, "not enough evidence");
});

test("a new build starts from nothing, whatever an older one has shown", () => {
  const before = pair("oms-1", 10, { publish: ["match", ENOUGH] });
  assert.deepEqual(latest(pair("oms-2", 20, { publish: ["match", 1] }), before), {
    at: 20,
    compared: 1,
    verdict: "not enough evidence",
  });
});

test("of nothing counted nothing is said", () => {
  assert.equal(latest(), undefined);
});
