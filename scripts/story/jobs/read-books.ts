import { existsSync, readFileSync } from "node:fs";
import type { Change, Kernel } from "@oms/data-kernel/client.ts";
import { schedulerBranch } from "@oms/jobs/job.ts";
import { ticksBetween } from "@oms/jobs/schedule/planned.ts";
import { wholeLog } from "../audit.ts";
import type { Books, Line } from "./books.ts";

/** More than a job of a story has in its life. */
const MOST_TICKS = 100_000;

/** Where the jobs of a story leave what they do. */
export type Traces = {
  readonly env: string;
  /** The branch of their effects in the kernel. */
  readonly effects: string;
  /** The file of their lines. */
  readonly file: string;
};

/** What is known now; the plan is looked at up to now. */
export async function readBooks(kernel: Kernel, { env, effects, file }: Traces): Promise<Books> {
  const untilMs = Date.now();
  const [log, done] = await Promise.all([wholeLog(kernel, schedulerBranch(env)), wholeLog(kernel, effects)]);
  return {
    log: log.map(({ commit, changes }) => ({ commit, changes: changes.filter(isOfStory) })),
    lines: readLines(file),
    effects: done.map(({ commit }) => commit.key),
    untilMs,
    ticks: (schedule, span) => ticksBetween(schedule, { ...span, limit: MOST_TICKS }),
  };
}

/** OMS's own jobs do work that the services of a story are not all there for. */
function isOfStory({ document: { id } }: Change): boolean {
  return !/^\w+\/oms-/.test(id);
}

export function readLines(file: string): Line[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Line);
}
