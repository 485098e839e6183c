import type { Observation } from "../model/observation.ts";
import type { Side } from "../model/side.ts";
import { STAGES, type Stage } from "../model/stage.ts";
import type { Entry } from "./entry.ts";
import { bucketOf } from "./histogram.ts";
import { Name } from "./name.ts";
import { emptyTally, type MutableTally } from "./tally.ts";

/** How often a method's breaker opened and closed. */
export type BreakerView = { readonly method: string; readonly opened: number; readonly closed: number };

/** Field names of a ledger page: `<what>|<method>|<stage>|<path>…`. */
export type Increment = readonly [field: string, by: number];

const CALLS = new Name("calls");
const LATENCY = new Name("latency");
const FALLBACKS = new Name("fallbacks");
const WATCHED = new Name("watched");
const LOST = new Name("lost");
const LOST_BYTES = new Name("lostBytes");
const COMPARED = new Name("compared");
const CONTROL = new Name("control");

export function passedField(method: string): string {
  return `passed|${method}|in-process`;
}

/** Counts nothing: says that there is such a method. */
export function knownField(method: string): string {
  return `known|${method}`;
}

export function breakerField(method: string, event: "opened" | "closed"): string {
  return `breaker|${method}|${event}`;
}

/** What one call adds to its page. */
export function incrementsOf(entry: Entry): Increment[] {
  const { authority, watched, result } = entry;
  const at = (what: Name) => what.with(entry.method).with(entry.stage);
  const increments: Increment[] = [[at(CALLS).with(authority.side).with(authority.outcome.kind).text, 1]];
  if (authority.outcome.kind !== "failure") increments.push(latency(at(LATENCY), authority));
  if (entry.fallback) increments.push([at(FALLBACKS).with(entry.fallback).text, 1]);
  if (watched) increments.push([at(WATCHED).with(watched.side).with(watched.outcome.kind).text, 1]);
  if (watched && watched.outcome.kind !== "failure") increments.push(latency(at(LATENCY), watched));
  if (result?.outcome === "lost") {
    increments.push([at(LOST).with(result.reason).text, 1]);
    increments.push([at(LOST_BYTES).with(result.reason).text, result.bytes]);
  } else if (result) {
    increments.push([at(COMPARED).with(result.outcome).text, 1]);
  }
  if (entry.control) increments.push([at(CONTROL).with(entry.control).text, 1]);
  return increments;
}

function latency(at: Name, { side, durationMs }: Observation<unknown>): Increment {
  return [at.with(side).with(bucketOf(durationMs)).text, 1];
}

type View = { readonly method: string; readonly stage: Stage; readonly tally: MutableTally };

/** Adds pages of counters up. A counter that this version does not know is left out. */
export function readCounters(pages: readonly Readonly<Record<string, string>>[]): {
  methods: View[];
  breakers: BreakerView[];
  known: string[];
} {
  const methods = new Map<string, View>();
  const breakers = new Map<string, { method: string; opened: number; closed: number }>();
  const known = new Set<string>();
  for (const [field, text] of pages.flatMap((page) => Object.entries(page))) {
    const [what = "", method = "", where = "", ...path] = field.split("|");
    const stage = STAGES.find((one) => one === where);
    if (stage) {
      const view = methods.get(`${method}|${stage}`) ?? { method, stage, tally: emptyTally() };
      methods.set(`${method}|${stage}`, view);
      add(view.tally, [what, ...path], Number(text));
    } else if (what === "breaker" && (where === "opened" || where === "closed")) {
      const view = breakers.get(method) ?? { method, opened: 0, closed: 0 };
      breakers.set(method, view);
      view[where] += Number(text);
    } else if (what === "known") known.add(method);
  }
  const byMethodAndStage = (a: View, b: View) =>
    a.method.localeCompare(b.method) || STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage);
  return {
    methods: [...methods.values()].sort(byMethodAndStage),
    breakers: [...breakers.values()],
    known: [...known],
  };
}

function add(tally: MutableTally, path: readonly string[], by: number): void {
  const [what, first = "", second = ""] = path;
  switch (what) {
    case "passed":
      tally.passed += by;
      break;
    case "calls":
    case "watched":
      addNumber(tally[what][first as Side], second, by);
      break;
    case "fallbacks":
    case "compared":
    case "control":
      addNumber(tally[what], first, by);
      break;
    case "latency":
      addToBucket(tally.latency[first as Side], Number(second), by);
      break;
    case "lost":
      lostFor(tally, path).calls += by;
      break;
    case "lostBytes":
      lostFor(tally, path).bytes += by;
      break;
  }
}

function addNumber(numbers: Record<string, number> | undefined, name: string, by: number): void {
  if (numbers?.[name] !== undefined) numbers[name] += by;
}

function addToBucket(histogram: Map<number, number> | undefined, bucket: number, by: number): void {
  histogram?.set(bucket, (histogram.get(bucket) ?? 0) + by);
}

function lostFor(tally: MutableTally, path: readonly string[]): { calls: number; bytes: number } {
  const reason = path.slice(1).join("|");
  tally.lost[reason] ??= { calls: 0, bytes: 0 };
  return tally.lost[reason];
}
