import type { Change } from "@oms/data-kernel/client.ts";
import type { Execution } from "@oms/jobs/execution.ts";
import { EXECUTION, JOB, type Job } from "@oms/jobs/job.ts";
import type { Evidence } from "@oms/jobs/port.ts";

type Body = Readonly<Record<string, unknown>>;
/** One document as a write leaves it, without what each side stamps on it. */
type Written = { readonly kind: Change["kind"]; readonly id: string; readonly body: Body };

/**
 * What two sides did with one write, fit to be compared: by document, without who did it and when. An edit also makes
 * the executions that were due by then, so the side that looked later may have made some more; those are left out.
 */
export function effectOf(a: Evidence, b: Evidence): [readonly Written[], readonly Written[]] {
  return [written(a, b), written(b, a)];
}

function written({ changes }: Evidence, other: Evidence): Written[] {
  const others = new Set(other.changes.map(({ document }) => document.id));
  const toCome = ahead(floorOf(changes), other);
  return changes
    .filter((change) => others.has(change.document.id) || !isTick(change) || !toCome(plannedMs(change)))
    .map(({ kind, document: { id, type, body } }) => ({ kind, id, body: unstamped(type, body as Body) }))
    .sort((left, right) => (left.id < right.id ? -1 : 1));
}

/** Whether a tick was still to come for that side, by when it says the job fires, or by where it settled its floor. */
function ahead(floorMs: number | undefined, { changes, fires }: Evidence): (tickMs: number) => boolean {
  const others = floorOf(changes);
  // An edit that moves the floor moves it to its own time.
  const settledMs = others === undefined || others === floorMs ? Number.POSITIVE_INFINITY : others;
  return (tickMs) => tickMs > settledMs || fires.includes(tickMs);
}

function floorOf(changes: readonly Change[]): number | undefined {
  const body = changes.find(({ document }) => document.type === JOB)?.document.body as Job | undefined;
  return body?.floorMs;
}

function isTick({ kind, document: { type } }: Change): boolean {
  return kind === "created" && type === EXECUTION;
}

const plannedMs = ({ document: { body } }: Change) => (body as Execution).plannedMs;

const STAMPS: Readonly<Record<string, readonly string[]>> = {
  [JOB]: ["owner", "createdMs", "floorMs"],
  [EXECUTION]: ["claimedBy", "claimedMs", "endedMs"],
};

function unstamped(type: string, body: Body): Body {
  const stamps = new Set(STAMPS[type]);
  // A run-now is planned for when it was asked for.
  if (String(body["tick"]).startsWith("run-")) stamps.add("plannedMs");
  const entries = Object.entries(body).filter(([name]) => !stamps.has(name));
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      name === "attempts" && Array.isArray(value) ? value.map(withoutEnd) : value,
    ]),
  );
}

/** Of an attempt that a cancellation ends. */
function withoutEnd(attempt: Body): Body {
  const { endedMs: _, ...rest } = attempt;
  return rest;
}
