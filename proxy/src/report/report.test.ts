import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Entry } from "../ledger/entry.ts";
import { type Increment, incrementsOf, knownField, passedField, readCounters } from "../ledger/fields.ts";
import type { LedgerView } from "../ledger/reader.ts";
import type { Sample } from "../ledger/tally.ts";
import type { Observation } from "../model/observation.ts";
import type { Side } from "../model/side.ts";
import { DEFAULT_STANDARD } from "../verdict/verdict.ts";
import { buildReport } from "./build.ts";
import { toJson } from "./json.ts";
import { toMarkdown } from "./markdown.ts";
import type { Report } from "./report.ts";
import { toTerminal } from "./terminal.ts";

const SAMPLE: Sample = {
  at: Date.UTC(2026, 10, 23),
  method: "embed",
  stage: "shadow",
  because: "cosine 0.2 | below\u001b[31m 0.999",
  seed: 7,
  args: ["<text of 12 characters>"],
  authority: { dimensions: 512, norm: 1 },
  watched: { dimensions: 512, norm: 0.4 },
};

function observed(side: Side, kind: "value" | "failure" = "value", durationMs = 4): Observation<unknown> {
  const outcome =
    kind === "value"
      ? ({ kind, value: 1 } as const)
      : ({ kind, failure: "error", error: new Error("down") } as const);
  return { side, durationMs, outcome };
}

const shadowed = (outcome: "match" | "noise" | "mismatch", method = "embed"): Entry => ({
  method,
  stage: "shadow",
  authority: observed("in-process"),
  watched: observed("extracted", "value", 9),
  result: { outcome },
});

const lost = (reason: string): Entry => ({
  method: "embed",
  stage: "live",
  authority: observed("extracted"),
  result: { outcome: "lost", reason, bytes: 20 },
});

const fellBack: Entry = {
  method: "embed",
  stage: "live",
  authority: observed("extracted", "failure"),
  fallback: "error",
  result: { outcome: "lost", reason: "fallback", bytes: 20 },
};

const completed: Entry = { method: "embed", stage: "complete", authority: observed("extracted") };

function viewOf(entries: readonly Entry[], passed = 0, more: readonly Increment[] = []): LedgerView {
  const counters = new Map<string, number>();
  const all = [...entries.flatMap(incrementsOf), ...more];
  if (passed > 0) all.push([passedField("embed"), passed]);
  for (const [field, by] of all) counters.set(field, (counters.get(field) ?? 0) + by);
  const page = Object.fromEntries([...counters].map(([field, value]) => [field, String(value)]));
  const pair = {
    builds: { inProcess: "oms-41", extracted: "embedding-7" },
    days: ["2026-11-22", "2026-11-23"],
    lastCountedAt: Date.UTC(2026, 10, 23, 9),
    samples: [SAMPLE, SAMPLE],
  };
  return { capability: "embedding", pairs: [{ ...pair, ...readCounters([page]) }] };
}

function reportOf(...args: Parameters<typeof viewOf>): Report {
  return buildReport(viewOf(...args), DEFAULT_STANDARD);
}

const repeated = <T>(times: number, entry: T): T[] => Array.from({ length: times }, () => entry);

describe("a report", () => {
  test("adds up to the calls made, whatever was counted", () => {
    const entry = fc.constantFrom(
      shadowed("match"),
      shadowed("noise"),
      shadowed("mismatch", "search"),
      lost("budget"),
      fellBack,
      completed,
    );
    fc.assert(
      fc.property(fc.array(entry), fc.nat(50), (entries, passed) => {
        const { totals, contradictions } = reportOf(entries, passed);
        assert.deepEqual(contradictions, []);
        assert.equal(totals.calls, entries.length + passed);
        assert.equal(totals.calls, totals.compared + totals.lost + totals.unwatched);
      }),
    );
  });

  const contradictory: readonly (readonly [string, Increment, RegExp])[] = [
    ["a comparison without a call", ["compared|embed|shadow|match", 1], /1 calls made, but 2 compared/],
    [
      "a call without a comparison",
      ["calls|embed|shadow|in-process|value", 1],
      /2 calls made, but 1 compared/,
    ],
    ["a comparison in a stage that watches none", ["compared|embed|complete|match", 1], /watches none/],
    [
      "the wrong authority",
      ["calls|embed|complete|in-process|value", 1],
      /had in-process as their authority/,
    ],
    ["a fallback without a failure", ["fallbacks|embed|live|error", 1], /1 fallbacks for 0 failed/],
    ["a count that is none", ["passed|embed|in-process", Number.NaN], /no whole number/],
  ];
  for (const [what, increment, contradiction] of contradictory) {
    test(`says that its counts do not add up over ${what}`, () => {
      const report = reportOf([shadowed("match")], 0, [increment]);
      assert.match(report.contradictions.join("\n"), contradiction);
      assert.match(toTerminal(report), /Counts do NOT add up/);
      assert.match(toMarkdown(report), /Counts do NOT add up/);
    });
  }

  test("judges every method by itself and the capability by the worst", () => {
    const entries = [...repeated(2000, shadowed("match")), ...repeated(60, shadowed("mismatch", "search"))];
    const [pair] = reportOf(entries).pairs;
    const verdicts = Object.fromEntries(pair?.methods.map((m) => [m.method, m.judgement.verdict]) ?? []);
    assert.deepEqual(verdicts, { embed: "equivalent", search: "different" });
    assert.equal(pair?.verdict, "different");
  });

  test("tells of a method that was never called, and withholds the verdict for it", () => {
    const known = ["embed", "search"].map((method) => [knownField(method), 0] as const);
    const report = reportOf(repeated(2000, shadowed("match")), 0, known);
    const [pair] = report.pairs;
    const verdicts = pair?.methods.map(({ method, stages, judgement }) => [
      method,
      stages.length,
      judgement.verdict,
    ]);
    assert.deepEqual(verdicts, [
      ["embed", 1, "equivalent"],
      ["search", 0, "not enough evidence"],
    ]);
    assert.equal(pair?.verdict, "not enough evidence");
    assert.deepEqual(report.contradictions, []);
    assert.match(toTerminal(report), /search +0 +0 +– +100\.0 % +– +not enough evidence/);
  });

  test("joins the stages of a method into one rate, and keeps them apart as rows", () => {
    const [pair] = reportOf([shadowed("mismatch"), shadowed("noise"), lost("budget"), fellBack], 3).pairs;
    const [method] = pair?.methods ?? [];
    assert.equal(method?.rate, 0.5);
    assert.deepEqual(
      method?.stages.map(({ stage, calls, errors, coverage }) => ({ stage, calls, errors, coverage })),
      [
        { stage: "in-process", calls: 3, errors: 0, coverage: undefined },
        { stage: "shadow", calls: 2, errors: 0, coverage: 1 },
        { stage: "live", calls: 2, errors: 1, coverage: 0 },
      ],
    );
  });

  test("groups the kept mismatches by reason, the most frequent first", () => {
    const [pair] = viewOf([shadowed("mismatch")]).pairs;
    assert.ok(pair);
    const rare = { ...SAMPLE, because: "missing" };
    const view = { capability: "embedding", pairs: [{ ...pair, samples: [rare, SAMPLE, SAMPLE] }] };
    const worst = buildReport(view, DEFAULT_STANDARD).pairs[0]?.worst.map((one) => [
      one.because,
      one.samples,
    ]);
    assert.deepEqual(worst, [
      [SAMPLE.because, 2],
      ["missing", 1],
    ]);
  });
});

describe("a report on paper", () => {
  const report = reportOf(
    [...repeated(1200, shadowed("match")), shadowed("mismatch"), lost("budget"), fellBack],
    5,
  );

  test("names builds, period, counts, rates, latency and reasons in the terminal and in Markdown", () => {
    for (const text of [toTerminal(report), toMarkdown(report)]) {
      for (const told of ["oms-41", "embedding-7", "2026-11-22 to 2026-11-23", "1,201", "0.08 %", "budget"]) {
        assert.ok(text.includes(told), `${told} is in:\n${text}`);
      }
      for (const told of [
        "Latency",
        "Lost coverage",
        "Worst mismatches",
        "1,208 calls = 1,201 compared + 2 lost + 5",
      ]) {
        assert.ok(text.replaceAll("\\", "").includes(told), `${told} is in:\n${text}`);
      }
    }
  });

  test("lets nothing a call contained steer the terminal or the Markdown", () => {
    assert.ok(!toTerminal(report).includes("\u001b"));
    assert.ok(!toMarkdown(report).includes("\u001b"));
    assert.match(toMarkdown(report), /cosine 0\.2 \\\| below/);
  });

  test("sets the columns of the terminal under each other", () => {
    const lines = toTerminal(report).split("\n");
    const at = lines.findIndex((line) => line.trim() === "Calls");
    const [header = "", ...rows] = lines.slice(at + 1, at + 5);
    assert.equal(rows.length, 3);
    assert.equal(new Set([header, ...rows].map((line) => line.length)).size, 1);
  });

  test("as JSON is the report itself", () => {
    assert.deepEqual(JSON.parse(toJson(report)), JSON.parse(JSON.stringify(report)));
  });

  test("says so when nothing was counted", () => {
    const nothing = buildReport({ capability: "embedding", pairs: [] }, DEFAULT_STANDARD);
    assert.match(toTerminal(nothing), /nothing was counted yet/);
    assert.match(toMarkdown(nothing), /Nothing was counted yet/);
  });
});
