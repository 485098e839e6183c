import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Kernel } from "@oms/data-kernel/client.ts";
import type { Execution } from "@oms/jobs/execution.ts";
import { JOB, type Job, jobDocument, type Schedule } from "@oms/jobs/job.ts";
import type { JsonObject } from "@oms/jobs/json.ts";
import { jobFrom } from "@oms/jobs/validate.ts";
import type { Bench, Contest, Step } from "./bench.ts";
import { closedLoop, openLoop } from "./load.ts";
import { BRANCH, endedIn, headOf, type Turn, turnsSince } from "./scheduler/executions.ts";
import { specOf } from "./scheduler/messages.ts";
import { openSides, type Sides } from "./scheduler/sides.ts";
import { quantile } from "./summary.ts";

const SERVICE = "service";
const BARE = "bare parts";
const BULLMQ = "BullMQ alone";
const IDLE = "no burning job";
const SECONDS = 1.5;
const OMS_SECONDS = 4;
const BACKLOG = 2000;
/** Ahead enough for the jobs of a backlog to be registered and seen. */
const AHEAD_MS = 3000;
const CROWD = 10_000;
const CROWD_PERIOD_MS = 60_000;
/** What was due while nobody kept time is late by itself, a minute's worth at most: lateness counts from here. */
const SETTLING_MS = 20_000;
const CROWD_MS = 10_000;

/** An overhead factor of 1.2 is a ratio of 0.83. */
export const bench: Bench = {
  summary:
    "the scheduler-service's whole path beside bare gRPC, kernel commit and BullMQ; its jobs beside OMS",
  sides: [SERVICE, BARE, BULLMQ, IDLE],
  rounds: 5,
  figures: {
    "register, p50": { unit: "ms", better: "less", aim: { ratio: 0.83 } },
    "cancel, p50": { unit: "ms", better: "less", aim: { ratio: 0.83 } },
    "run now, p50": { unit: "ms", better: "less", aim: { ratio: 0.83 } },
    "claims of a moment": { unit: "ticks/s", better: "more" },
    "no-op jobs": { unit: "jobs/s", better: "more", aim: { ratio: 0.4 } },
    "10,000 jobs: late, p50": { unit: "ms", better: "less" },
    "10,000 jobs: late, p99": { unit: "ms", better: "less", aim: { most: 100 } },
    "OMS while a job burns, p99": { unit: "ms", better: "less", aim: { ratio: 0.95 } },
  },
  open,
};

type Measure = (side: string, random: () => number) => Promise<Readonly<Record<string, number>>>;

async function open(progress: (text: string) => void): Promise<Contest> {
  const sides = await openSides(progress);
  progress(`writing ${CROWD} jobs`);
  await write(sides.crowded, CROWD, (n) => ({
    id: `crowd-${n}`,
    schedule: { kind: "interval", everyMs: CROWD_PERIOD_MS, anchorMs: n * (CROWD_PERIOD_MS / CROWD) },
  }));
  const measures = { ...calls(sides), ...work(sides) };
  const steps = Object.entries(measures).map(([name, run]): Step => ({ name, run }));
  return { steps, close: sides.close };
}

function calls({ client, bare, queue }: Sides): Readonly<Record<string, Measure>> {
  const parts = async (name: "register" | "cancel" | "run") =>
    (await median(bare.echo[name])) + (await median(bare.commit[name])) + (await median(queue.add));
  return {
    async "register and cancel"(side) {
      if (side === BARE) {
        return { "register, p50": await parts("register"), "cancel, p50": await parts("cancel") };
      }
      if (side !== SERVICE) return {};
      const ids: string[] = [];
      const register = () => {
        const id = randomUUID();
        ids.push(id);
        return client.registerJob({ spec: specOf(id) });
      };
      const registered = await median(register);
      const cancelled = await median(() => client.cancelJob({ id: ids.shift() ?? "" }));
      for (const id of ids) await client.cancelJob({ id });
      return { "register, p50": registered, "cancel, p50": cancelled };
    },
    async "run now"(side) {
      if (side === BARE) return { "run now, p50": await parts("run") };
      if (side !== SERVICE) return {};
      const id = randomUUID();
      await client.registerJob({ spec: { ...specOf(id), overlap: "allow" } });
      return { "run now, p50": await median(() => client.runJob({ id })) };
    },
  };
}

function work({
  kernel,
  client,
  queue,
  oms,
  crowded,
  startCrowded,
}: Sides): Readonly<Record<string, Measure>> {
  return {
    async [`${BACKLOG} jobs at once`](side) {
      if (side === BULLMQ) return { "no-op jobs": BACKLOG / (await queue.drain(BACKLOG)) };
      if (side !== SERVICE) return {};
      const atMs = Date.now() + AHEAD_MS;
      const batch = randomUUID();
      await write(kernel, BACKLOG, (n) => ({ id: `${batch}-${n}`, schedule: { kind: "once", atMs } }));
      const theirs = (turns: readonly Turn[]) =>
        turns.filter(({ execution }) => execution.plannedMs === atMs && execution.job.startsWith(batch));
      const turns = await turnsSince(kernel, await headOf(kernel), (all) => {
        return endedIn(theirs(all)).length === BACKLOG;
      });
      const claimed = theirs(turns).filter(({ execution }) => execution.attempts.length === 0);
      const secondsTo = (times: readonly number[]) => (Math.max(...times) - atMs) / 1000;
      return {
        "claims of a moment": BACKLOG / secondsTo(claimed.map(({ committedMs }) => committedMs)),
        "no-op jobs": BACKLOG / secondsTo(theirs(turns).map(({ committedMs }) => committedMs)),
      };
    },
    async "10,000 jobs over a minute"(side) {
      if (side !== SERVICE) return {};
      const { stop } = await startCrowded();
      const fromMs = Date.now() + SETTLING_MS;
      const untilMs = fromMs + CROWD_MS;
      const head = await headOf(crowded);
      const due = Math.floor((CROWD_MS / CROWD_PERIOD_MS) * CROWD) - 1;
      const measured = (turns: readonly Turn[]) =>
        endedIn(turns).filter(({ plannedMs }) => plannedMs >= fromMs && plannedMs < untilMs);
      const turns = await turnsSince(crowded, head, (all) => measured(all).length >= due);
      await stop();
      const late = measured(turns)
        .filter(({ status }) => status === "done")
        .map(({ plannedMs, result }) => beganOf(result) - plannedMs);
      return {
        "10,000 jobs: late, p50": quantile(late, 0.5),
        "10,000 jobs: late, p99": quantile(late, 0.99),
      };
    },
    async "OMS beside a burning job"(side, random) {
      if (side !== SERVICE && side !== IDLE) return {};
      const id = randomUUID();
      if (side === SERVICE) {
        await client.registerJob({ spec: { ...specOf(id), type: "bench-burn" } });
        const { execution } = await client.runJob({ id });
        while ((await client.getExecution({ id: execution?.id ?? "" })).execution?.status !== "running")
          await wait(20);
      }
      const { latencies } = await openLoop({ perSecond: 50, seconds: OMS_SECONDS, random }, async () => {
        const answer = await fetch(`${oms}/object-types`);
        await answer.arrayBuffer();
        if (!answer.ok) throw new Error(`OMS answered ${answer.status}`);
      });
      if (side === SERVICE) await client.cancelJob({ id });
      return { "OMS while a job burns, p99": quantile(latencies, 0.99) };
    },
  };
}

/** When the executor began, by its own clock: that of this machine. */
function beganOf(result: Execution["result"]): number {
  return Number((result as JsonObject | undefined)?.["beganMs"]);
}

async function median(call: () => Promise<unknown>): Promise<number> {
  const { latencies } = await closedLoop(1, SECONDS, call);
  return quantile(latencies, 0.5);
}

/** Puts jobs where registering puts them, a thousand in a commit. */
async function write(
  kernel: Kernel,
  count: number,
  planned: (n: number) => { readonly id: string; readonly schedule: Schedule },
): Promise<void> {
  const nowMs = Date.now();
  const jobs = Array.from({ length: count }, (_, n): Job => {
    return jobFrom({ ...planned(n), type: "bench-nothing" }, { owner: "extracted", nowMs });
  });
  for (let n = 0; n < count; n += 1000) {
    const writes = jobs
      .slice(n, n + 1000)
      .map((job) => ({ put: { id: jobDocument(job.id), type: JOB, body: job } }));
    await kernel.commit({ branch: BRANCH, message: "jobs", writes });
  }
}
