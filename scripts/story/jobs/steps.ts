import { isDeepStrictEqual } from "node:util";
import type { AttemptRecord, Execution } from "@oms/jobs/execution.ts";
import type { Finding } from "./books.ts";
import { isEnded, type Step } from "./histories.ts";

/** The clocks of two processes of one machine, and the rounding of both. */
const CLOCKS_MS = 50;
/** Under it a tick is late, and fires. */
const LATE_MS = 60_000;
/** How long the end of an execution may take to become known to who claims the job's next tick. */
const NEWS_MS = 5000;

type Rule = (step: Step) => string | undefined;

/** What one change of an execution may not be. */
const RULES: readonly (readonly [Finding["rule"], Rule])[] = [
  ["rewritten", claimed],
  ["rewritten", deleted],
  ["rewritten", ended],
  ["rewritten", attempted],
  ["early", lost],
  ["retried", retried],
  ["wrongly skipped", skipped],
];

export function findingsOf(steps: readonly Step[]): Finding[] {
  return steps.flatMap((step) =>
    RULES.flatMap(([rule, isBroken]) => {
      const text = isBroken(step);
      return text === undefined ? [] : [{ rule, execution: step.id, text }];
    }),
  );
}

function claimed({ before, after, job, atMs }: Step): string | undefined {
  if (before || !after || after.tick.startsWith("run-")) return undefined;
  if (!job.before) return "was claimed of a job that is not there";
  if (after.plannedMs <= job.before.floorMs) return `was claimed below the floor, ${job.before.floorMs}`;
  return after.plannedMs > atMs + 1000 + CLOCKS_MS ? "was claimed over a second before its time" : undefined;
}

function deleted({ after, before, job }: Step): string | undefined {
  if (after || !before) return undefined;
  const floor = job.after?.floorMs ?? 0;
  if (!isEnded(before)) return "was deleted before its end";
  return before.plannedMs > floor ? `was deleted above the floor, ${floor}` : undefined;
}

function ended({ before, after }: Step): string | undefined {
  return before && after && isEnded(before) ? `was ${before.status}, and was changed` : undefined;
}

/** Attempts are added one at a time, each after the end of the one before, and their past is not told anew. */
function attempted({ before, after }: Step): string | undefined {
  if (!before || !after || isEnded(before)) return undefined;
  const [was, is] = [before.attempts, after.attempts];
  if (is.length < was.length || is.length > was.length + 1)
    return `had ${was.length} attempts, then ${is.length}`;
  if (!was.every((attempt, i) => isSame(attempt, is[i]))) return "had an attempt that was told anew";
  if (is.length > was.length && was.at(-1) && was.at(-1)?.outcome === undefined)
    return `began attempt ${is.length} while ${was.length} ran`;
  return undefined;
}

function isSame(was: AttemptRecord, is: AttemptRecord | undefined): boolean {
  if (was.outcome !== undefined) return isDeepStrictEqual(was, is);
  return was.n === is?.n && was.worker === is.worker && was.startedMs === is.startedMs;
}

function lost({ before, after, atMs, beforeMs }: Step): string | undefined {
  const [was, is] = [lastOf(before), lastOf(after)];
  if (is?.outcome !== "lost" || is.error || was?.outcome !== undefined) return undefined;
  const silentMs = atMs - beforeMs;
  const leaseMs = before?.leaseMs ?? 0;
  return silentMs < leaseMs - CLOCKS_MS
    ? `lost attempt ${is.n} after ${silentMs} ms of a lease of ${leaseMs}`
    : undefined;
}

/** What cannot be repeated is not, and inside OMS nothing is whose process died. What never began is no repetition. */
function retried({ before, after, job }: Step): string | undefined {
  const is = lastOf(after);
  if (is?.outcome !== "lost" || lastOf(before)?.outcome !== undefined) return undefined;
  if (is.error?.code === "unbegun" || after?.status !== "waiting") return undefined;
  if (job.before?.effect === "once") return "is tried again, and must not be";
  return job.before?.owner === "in-process" ? "is tried again inside OMS after its process died" : undefined;
}

function skipped({ before, after, job, atMs, live, endMs }: Step): string | undefined {
  if (before || !after || after.status !== "skipped") return undefined;
  const lateMs = atMs - after.plannedMs;
  if (after.reason === "misfire" && lateMs < LATE_MS - CLOCKS_MS) return `misfired, ${lateMs} ms late`;
  if (after.reason !== "overlap") return undefined;
  if (job.before?.overlap !== "skip") return "was skipped for an overlap that its job allows";
  const isOverlap = live.length > 0 || endMs > after.plannedMs - NEWS_MS;
  return isOverlap ? undefined : "was skipped for an overlap with none";
}

function lastOf(execution: Execution | undefined): AttemptRecord | undefined {
  return execution?.attempts.at(-1);
}
