import { executionId } from "@oms/jobs/execution.ts";
import { repeated } from "../audit.ts";
import type { Books, Finding, Line } from "./books.ts";
import { type Histories, historiesOf, isEnded } from "./histories.ts";
import { findingsOf } from "./steps.ts";

/** The clocks of two processes of one machine, and the rounding of both. */
const CLOCKS_MS = 50;

/**
 * Joins the plan, the executions and what the jobs themselves left behind. Nothing is found when every planned tick has
 * one execution and no other is there, each ended as the promises allow, no attempt began while the one before had its
 * lease, and every effect happened: in the kernel once, outside once an attempt at most.
 */
export function auditJobs(books: Books): Finding[] {
  const histories = historiesOf(books.log);
  return [
    ...planFindings(books, histories),
    ...findingsOf(histories.steps),
    ...endFindings(histories),
    ...lineFindings(books.lines, histories),
    ...effectFindings(books, histories),
  ];
}

/** Ticks without an execution, and executions without a tick. */
function planFindings({ untilMs, ticks }: Books, { jobs, executions }: Histories): Finding[] {
  const planned = new Set<string>();
  for (const [id, versions] of jobs) {
    for (const [i, { state, schedule, floorMs }] of versions.entries()) {
      const upToMs = versions[i + 1]?.floorMs ?? untilMs;
      if (state !== "active" || upToMs <= floorMs) continue;
      for (const tick of ticks(schedule, { afterMs: floorMs, upToMs })) planned.add(`${id}/${tick}`);
    }
  }
  const missed = [...planned].filter((id) => !executions.has(id));
  const unplanned = [...executions].filter(
    ([id, { tick, plannedMs }]) => !planned.has(id) && !tick.startsWith("run-") && plannedMs <= untilMs,
  );
  return [
    ...missed.map((id) => finding("missed", id, "was planned, and has no execution")),
    ...unplanned.map(([id]) => finding("unplanned", id, "has an execution, and was not planned")),
  ];
}

function endFindings({ executions }: Histories): Finding[] {
  return [...executions]
    .filter(([, execution]) => !isEnded(execution))
    .map(([id, { status }]) => finding("without end", id, `is still ${status}`));
}

/** Lines that are there twice, that no attempt can have left, or that came while another attempt had its lease. */
function lineFindings(lines: readonly Line[], { executions, steps }: Histories): Finding[] {
  const ends = new Map<string, number>();
  for (const { id, after, atMs } of steps) {
    const last = after?.attempts.at(-1);
    const attempt = `${id}/${last?.n}`;
    if (last?.outcome !== undefined && !ends.has(attempt)) ends.set(attempt, atMs);
  }
  const doubled = repeated(lines.map((line) => `${executionId(line)}/${line.attempt}`));
  return [
    ...doubled.map((attempt) => finding("doubled", attempt, "left its line twice")),
    ...lines.flatMap((line) => {
      const id = executionId(line);
      const { attempt, startMs } = line;
      if (!executions.get(id)?.attempts.some(({ n }) => n === attempt))
        return [finding("unbegun", id, `left a line of attempt ${attempt}, which is not there`)];
      const formerMs = attempt === 1 ? 0 : ends.get(`${id}/${attempt - 1}`);
      return formerMs === undefined || startMs < formerMs - CLOCKS_MS
        ? [finding("early", id, `began attempt ${attempt} before the end of the one before`)]
        : [];
    }),
  ];
}

/** Work that is done has left a line, and one effect in the kernel; an effect has an attempt it is of. */
function effectFindings({ lines, effects }: Books, { executions }: Histories): Finding[] {
  const left = new Set(lines.map(executionId));
  const committed = new Set(effects);
  const done = [...executions].filter(([, { status }]) => status === "done").map(([id]) => id);
  return [
    ...repeated(effects).map((id) => finding("doubled", id, "had its effect in the kernel twice")),
    ...done
      .filter((id) => !left.has(id) || !committed.has(id))
      .map((id) => finding("without effect", id, "is done, and left none")),
    ...[...committed]
      .filter((id) => !left.has(id))
      .map((id) => finding("unbegun", id, "had an effect in the kernel, and no line")),
  ];
}

function finding(rule: Finding["rule"], execution: string, text: string): Finding {
  return { rule, execution, text };
}
