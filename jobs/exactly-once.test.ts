import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { CommitRequest } from "@oms/data-kernel/client.ts";
import { startTestKernel, type TestKernel } from "@oms/data-kernel/kernel.fixture.ts";
import fc from "fast-check";
import { type Execution, executionId } from "./execution.ts";
import { EXECUTION, type Job } from "./job.ts";
import { plannedTick } from "./job-state.ts";
import { ticksBetween } from "./schedule/planned.ts";
import {
  type EditStep,
  JOBS,
  SCHEDULES,
  Simulation,
  type SmallStep,
  type Step,
  TICKERS,
} from "./simulation.fixture.ts";

let testKernel: TestKernel;
before(async () => {
  testKernel = await startTestKernel();
});
after(() => testKernel.stop());

const job = fc.constantFrom(...JOBS);
const side = fc.constantFrom("in-process" as const, "extracted" as const);
const ticker = fc.nat(TICKERS.length - 1);
const often = fc.integer({ min: 0, max: 3 }).map((n) => n > 0);
/** So that what is due comes close to what is edited. */
const halfSeconds = fc.integer({ min: 1, max: 50 }).map((n) => n * 500);
const small: fc.Arbitrary<SmallStep> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("pass"), ms: halfSeconds }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("decide"), ticker, looks: often }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant("commit"), ticker, unheard: often.map((heard) => !heard) }),
  },
  fc.record({ kind: fc.constant("crash"), ticker }),
  fc.record({ kind: fc.constant("move"), job, to: side }),
);
const editing: fc.Arbitrary<EditStep> = fc.record({
  kind: fc.constantFrom("register", "reschedule", "tag", "pause", "resume", "resume", "cancel", "run"),
  job,
  side,
  choice: fc.nat(SCHEDULES.length - 1),
  between: fc.array(small, { maxLength: 5 }),
});
const steps = fc.array<Step>(fc.oneof({ weight: 4, arbitrary: small }, editing), {
  minLength: 10,
  maxLength: 40,
});

let worlds = 0;

/** What went wrong in the course of `steps`; nothing: each planned tick has its one execution. */
async function faultsOf(steps: readonly Step[], asserting: boolean): Promise<string[]> {
  worlds += 1;
  const simulation = await Simulation.start({ kernel: testKernel.kernel, env: `w${worlds}`, asserting });
  for (const step of steps) await simulation.apply(step);
  const upToMs = await simulation.finish();
  return JOBS.flatMap((job) => faultsIn(historyOf(simulation.committed, job), upToMs));
}

type Claim = { readonly id: string; readonly atMs: number | undefined; readonly usurped: boolean };
type History = { readonly jobs: readonly Job[]; readonly claims: readonly Claim[] };

/** A job's documents, and the claims of its ticks and runs, in order. */
function historyOf(committed: readonly CommitRequest[], job: string): History {
  const jobs: Job[] = [];
  const claims: Claim[] = [];
  for (const { writes } of committed) {
    const puts = writes.flatMap((write) => ("put" in write ? [write.put] : []));
    const edited = puts.map(({ body }) => body as Job).find(({ id }) => id === job);
    const executions = puts.filter(({ type }) => type === EXECUTION).map(({ body }) => body as Execution);
    for (const execution of executions.filter((each) => each.job === job)) {
      const id = executionId(execution);
      const ends = execution.reason === "cancelled" && claims.some((claim) => claim.id === id);
      const atMs = plannedTick(execution.tick);
      const byTimer = !edited && atMs !== undefined;
      if (!ends) claims.push({ id, atMs, usurped: byTimer && execution.claimedBy !== jobs.at(-1)?.owner });
    }
    if (edited) jobs.push(edited);
  }
  return { jobs, claims };
}

function faultsIn({ jobs, claims }: History, upToMs: number): string[] {
  const planned = new Set(plannedOf(jobs, upToMs));
  const claimed = new Set(claims.map(({ id }) => id));
  const twice = claims.filter(({ id }, index) => claims.findIndex((claim) => claim.id === id) < index);
  const unplanned = claims.filter(
    ({ id, atMs = Number.POSITIVE_INFINITY }) => atMs <= upToMs && !planned.has(id),
  );
  const usurped = claims.filter((claim) => claim.usurped);
  return [
    ...twice.map(({ id }) => `twice: ${id}`),
    ...[...planned].filter((id) => !claimed.has(id)).map((id) => `missed: ${id}`),
    ...unplanned.map(({ id }) => `not planned: ${id}`),
    ...usurped.map(({ id }) => `not its owner's: ${id}`),
  ];
}

/** A job's ticks: of each of its documents those between its floor and that of the next one, where it is active. */
function plannedOf(jobs: readonly Job[], upToMs: number): string[] {
  return jobs.flatMap(({ id, schedule, state, floorMs }, index) => {
    const untilMs = jobs[index + 1]?.floorMs ?? upToMs;
    if (state !== "active") return [];
    const ticks = ticksBetween(schedule, {
      afterMs: floorMs,
      upToMs: untilMs,
      limit: Number.POSITIVE_INFINITY,
    });
    return ticks.map((tick) => `${id}/${tick}`);
  });
}

/** The same courses each time, unless told otherwise. */
const COURSES = {
  seed: Number(process.env["COURSES_SEED"] ?? 1),
  numRuns: Number(process.env["COURSES"] ?? 40),
  endOnFailure: true,
};

test("whoever ticks, edits, moves, crashes or is not heard, each planned tick gets one execution", async () => {
  const once = fc.asyncProperty(steps, async (steps) => assert.deepEqual(await faultsOf(steps, true), []));
  await fc.assert(once, COURSES);
});

test("with claims that assert nothing, the same look at the same courses finds doubles", async () => {
  const once = fc.asyncProperty(steps, async (steps) => assert.deepEqual(await faultsOf(steps, false), []));
  const { errorInstance } = await fc.check(once, COURSES);
  assert.match(String(errorInstance), /twice: /);
});
