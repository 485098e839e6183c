import { hostname } from "node:os";
import { Attempts } from "@oms/jobs/attempts.ts";
import { executionId } from "@oms/jobs/execution.ts";
import type { Registry } from "@oms/jobs/executors/registry.ts";
import { readFaults } from "@oms/jobs/faults.ts";
import { GroupCommit } from "@oms/jobs/group-commit.ts";
import { Ticker } from "@oms/jobs/ticker.ts";
import { startUpkeep } from "@oms/jobs/upkeep.ts";
import type { Opening } from "./opening.ts";
import { perform } from "./perform.ts";
import { Runner } from "./runner.ts";

const SIDE = "in-process";
/** What runs gets so much time to end when the process stops, in milliseconds. */
const GRACE_MS = 3000;
/** And so much more to be written down; of a kernel that is away that long nobody waits. */
const WRITTEN_MS = 1000;
/** Between two looks after lost attempts, in milliseconds. */
const MOST_UPKEEP_MS = 1000;

export type Work = {
  /** An edit of the job was served here, and is known to the view. */
  readonly edited: (job: string) => void;
  readonly stop: () => Promise<void>;
};

/** Keeps the time of the jobs that OMS owns and does their work, in this process. */
export function startWork(opening: Opening, executors: Registry): Work {
  const { kernel, env, view, log, windowMs, leaseMs, concurrency } = opening;
  const faults = readFaults(opening.faults);
  const commits = new GroupCommit({ kernel, env, windowMs, asserting: faults.claims });
  const worker = `${hostname()}:${process.pid}`;
  const shared = { kernel, env, view, commits, side: SIDE, now: Date.now } as const;
  const attempts = new Attempts({ ...shared, worker, leaseMs });
  const stopping = new AbortController();
  const parts = {
    kernel,
    env,
    commits,
    attempts,
    executors,
    faults,
    stopping: stopping.signal,
    now: Date.now,
  };
  const runner = new Runner({ view, perform: (due) => perform(due, parts), concurrency, log, now: Date.now });
  const ticker = new Ticker({
    ...shared,
    windowMs,
    log,
    faults,
    claimed: (executions) =>
      runner.claimed(
        executions.filter(({ body }) => body.status === "waiting").map(({ body }) => executionId(body)),
      ),
  });
  const everyMs = Math.min(MOST_UPKEEP_MS, leaseMs / 4);
  const stopUpkeep = startUpkeep({ ...shared, monotonic: () => performance.now(), log, everyMs });
  ticker.start();
  async function stop(): Promise<void> {
    const grace = setTimeout(() => stopping.abort(), GRACE_MS);
    const patience = setTimeout(() => void commits.close(), GRACE_MS + WRITTEN_MS);
    await Promise.all([ticker.stop(), stopUpkeep(), runner.stop()]);
    clearTimeout(grace);
    clearTimeout(patience);
    await commits.close();
  }
  return { edited: (job) => runner.edited(job), stop };
}
