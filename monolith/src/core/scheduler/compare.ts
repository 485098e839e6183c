import type { Job } from "@oms/jobs/job.ts";
import type {
  Evidence,
  ExecutionReply,
  ExecutionView,
  Fire,
  FiresReply,
  FiresRequest,
  HistoryReply,
  JobReply,
  ListReply,
} from "@oms/jobs/port.ts";
import { json } from "@oms/proxy/compare/json.ts";
import type { Comparison } from "@oms/proxy/model/comparison.ts";
import { effectOf } from "./effect.ts";

const MATCH: Comparison = { outcome: "match" };
const skipped = (because: string): Comparison => ({ outcome: "skipped", because });
const mismatch = (because: string): Comparison => ({ outcome: "mismatch", because });

const sameJson = json<unknown>();

/** What a side stamps on what it writes: which side it was, and when. */
const sameJob = json<Job>({ ignore: ["owner", "createdMs", "floorMs"] });
const sameRun = json<ExecutionView>({ ignore: ["claimedBy", "claimedMs", "plannedMs"] });

/**
 * A register, update, cancel, pause or resume: the job it answers with, what it did or would have done in the kernel,
 * and when the job then fires, as far as both sides tell.
 */
export function compareWrites(authority: JobReply, watched: JobReply): Comparison {
  return first(sameJob(authority.job, watched.job), () => compareEvidence(authority, watched));
}

/** A run-now: the execution it makes. When it was asked for is each side's own clock. */
export function compareRuns(authority: ExecutionReply, watched: ExecutionReply): Comparison {
  return first(sameRun(authority.execution, watched.execution), () => compareEvidence(authority, watched));
}

type Shown = { readonly evidence?: Evidence };

function compareEvidence({ evidence: a }: Shown, { evidence: b }: Shown): Comparison {
  if (!a || !b) return skipped("a side gave no evidence");
  const [changes, others] = effectOf(a, b);
  return first(sameJson({ changes }, { changes: others }), () => sameFires(a.fires, b.fires));
}

export function compareJobs(authority: JobReply, watched: JobReply): Comparison {
  const { next: a, ...state } = authority;
  const { next: b, ...other } = watched;
  return first(sameJson(state, other), () => sameFires(a, b));
}

export function compareLists(authority: ListReply, watched: ListReply): Comparison {
  const [a, b] = [authority.jobs, watched.jobs];
  if (a.length !== b.length) return mismatch(`jobs: ${a.length} against ${b.length}`);
  if (isLast(authority) !== isLast(watched)) return mismatch("one side alone has a further page");
  for (const [n, job] of a.entries()) {
    const other = b[n];
    const comparison = other ? compareJobs(job, other) : MATCH;
    if (comparison.outcome === "mismatch") return mismatch(`jobs[${n}]: ${comparison.because}`);
  }
  return MATCH;
}

export function compareExecutions(authority: ExecutionReply, watched: ExecutionReply): Comparison {
  return sameJson(authority.execution, watched.execution);
}

export function compareHistories(authority: HistoryReply, watched: HistoryReply): Comparison {
  if (isLast(authority) !== isLast(watched)) return mismatch("one side alone has a further page");
  return sameJson(authority.executions, watched.executions);
}

/**
 * As sets, from when both records are complete. Where nothing was due, nothing is shown by it. Whether a tick fires or
 * overlaps is decided by when the execution before it ended, which two sides see a moment apart: a few such differences
 * are noise.
 */
export function compareFires(
  authority: FiresReply,
  watched: FiresReply,
  [{ toMs }]: readonly [Pick<FiresRequest, "toMs">],
): Comparison {
  const sinceMs = Math.max(authority.sinceMs, watched.sinceMs);
  if (sinceMs >= toMs) return skipped("before a side's record begins");
  const [a, b] = [decisionsFrom(authority, sinceMs), decisionsFrom(watched, sinceMs)];
  const [lone, others] = [countBeyond(a, b), countBeyond(b, a)];
  if (lone + others > 0) return mismatch(`fires: ${lone} and ${others} of one side alone`);
  const differing = [...a].filter(([tick, decision]) => b.get(tick) !== decision);
  const overlaps = differing.filter(([tick, decision]) => isOverlap(decision, b.get(tick)));
  if (overlaps.length < differing.length || overlaps.length > mostNoise(a.size))
    return mismatch(`fires: ${differing.length} of ${a.size} decided otherwise`);
  if (overlaps.length > 0) return { outcome: "noise" };
  return a.size > 0 ? MATCH : skipped("nothing was due");
}

type Decisions = ReadonlyMap<string, Fire["decision"]>;

function decisionsFrom({ fires }: FiresReply, sinceMs: number): Decisions {
  const known = fires.filter(({ atMs }) => atMs >= sinceMs);
  return new Map(known.map(({ job, atMs, decision }) => [`${job}/${atMs}`, decision]));
}

const countBeyond = (some: Decisions, others: Decisions) =>
  [...some.keys()].filter((tick) => !others.has(tick)).length;

const isOverlap = (a: Fire["decision"], b: Fire["decision"] | undefined) =>
  (a === "fire" && b === "overlap") || (a === "overlap" && b === "fire");

const mostNoise = (ticks: number) => Math.max(1, ticks / 50);

/** From the later of the two starts on, as far as both lists go: the sides looked at different times. */
function sameFires(authority: readonly number[], watched: readonly number[]): Comparison {
  const lengths = [authority.length, watched.length];
  if (Math.min(...lengths) === 0) {
    if (Math.max(...lengths) === 1) return skipped("its only tick may have passed in between");
    return Math.max(...lengths) === 0 ? MATCH : mismatch(`fires: ${lengths.join(" against ")}`);
  }
  const fromMs = Math.max(authority[0] ?? 0, watched[0] ?? 0);
  const [a, b] = [after(authority, fromMs), after(watched, fromMs)];
  const n = Math.min(a.length, b.length);
  return n > 0
    ? sameJson({ fires: a.slice(0, n) }, { fires: b.slice(0, n) })
    : mismatch("fires: none in common");
}

const after = (fires: readonly number[], fromMs: number) => fires.filter((atMs) => atMs >= fromMs);

function first(comparison: Comparison, then: () => Comparison): Comparison {
  return comparison.outcome === "match" ? then() : comparison;
}

function isLast({ nextPageToken }: { readonly nextPageToken?: string }): boolean {
  return nextPageToken === undefined;
}
