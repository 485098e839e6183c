import { join } from "node:path";
import { connectKernel, type Kernel } from "@oms/data-kernel/client.ts";
import type { Owner } from "@oms/jobs/job.ts";
import type { JobSpec } from "@oms/jobs/port.ts";
import type { StoryContext } from "../story.ts";
import { auditJobs } from "./audit.ts";
import type { Books, Finding, Line } from "./books.ts";
import { type Histories, historiesOf, isEnded } from "./histories.ts";
import type { JobCalls } from "./job-calls.ts";
import { readBooks, readLines, type Traces } from "./read-books.ts";
import { type Tally, tallyOf } from "./tally.ts";

/** The settings of every process that runs jobs. A lease is short, for the sake of those who wait for its end. */
export const RUNS_JOBS = {
  SCHEDULER_EXECUTORS: "scripts/fixtures/append-line.ts",
  SCHEDULER_LEASE_MS: "2000",
};

const CALLS_AT_ONCE = 8;

/** The jobs of a story: what they are, where they leave their traces, and the audit of it all. */
export class JobStory {
  readonly ids: string[] = [];
  readonly kernel: Kernel;
  readonly traces: Traces;
  readonly #context: StoryContext;
  readonly #calls: JobCalls;

  /** `env`: the first part of the kernel's branches; absent: the story's own. */
  constructor(context: StoryContext, calls: JobCalls, env?: string) {
    this.#context = context;
    this.#calls = calls;
    this.kernel = connectKernel({ address: context.system.addresses.kernel });
    const { OMS_ENV: own = "" } = context.system.env;
    const first = env ?? own;
    const file = join(context.system.directory, `${first}.lines`);
    this.traces = { env: first, effects: `${first}/story/main`, file };
  }

  /** Registers jobs that leave lines and effects, and then work for `workMs`. */
  async register(specs: readonly Omit<JobSpec, "type" | "payload">[], workMs = 0): Promise<void> {
    const { effects, file } = this.traces;
    await this.kernel.createBranch({ name: effects });
    const payload = { file, effects, workMs };
    await eachOf(specs, (spec) => this.#calls.register({ ...spec, type: "append-line", payload }));
    this.ids.push(...specs.map(({ id }) => id));
  }

  /** No further tick: what is planned until now is claimed with it. */
  async pauseAll(): Promise<void> {
    await eachOf(this.ids, (id) => this.#calls.pause(id));
  }

  /** Resolves when all jobs are this side's, whoever brought them there. */
  async owned(by: Owner): Promise<void> {
    await this.#context.until(async () => {
      const { jobs } = await this.#histories();
      return this.ids.every((id) => jobs.get(id)?.at(-1)?.owner === by);
    }, `every job is ${by}`);
  }

  /** Resolves when every job has done a tick that was planned from now on. */
  async goesOn(): Promise<void> {
    const sinceMs = Date.now();
    await this.#context.until(() => {
      const later = this.lines().filter(({ tick }) => Number(tick) >= sinceMs);
      const working = new Set(later.map(({ job }) => job));
      return this.ids.every((id) => working.has(id));
    }, "every job does its next tick");
  }

  /** Resolves when a job begins its work. */
  async begins(): Promise<void> {
    const before = this.lines().length;
    await this.#context.until(() => this.lines().length > before, "a job begins its work");
  }

  /** Resolves when nothing waits or runs any more. */
  async ended(): Promise<void> {
    await this.#context.until(async () => {
      const { executions } = await this.#histories();
      return [...executions.values()].every(isEnded);
    }, "every execution ends");
  }

  lines(): Line[] {
    return readLines(this.traces.file);
  }

  books(): Promise<Books> {
    return readBooks(this.kernel, this.traces);
  }

  /** Fails the story for whatever does not agree. */
  async audit(): Promise<Tally> {
    const books = await this.books();
    const findings = auditJobs(books);
    const told = findings.slice(0, 5).map(tell).join("; ");
    const { check } = this.#context;
    check(
      findings.length === 0,
      `plan, executions, lines and effects agree; ${findings.length} do not: ${told}`,
    );
    const tally = tallyOf(books);
    check(tally.executions > 0, "there was something to audit");
    return tally;
  }

  async #histories(): Promise<Histories> {
    return historiesOf((await this.books()).log);
  }
}

function tell({ rule, execution, text }: Finding): string {
  return `${rule}: ${execution} ${text}`;
}

async function eachOf<T>(all: readonly T[], call: (each: T) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < all.length; from += CALLS_AT_ONCE)
    await Promise.all(all.slice(from, from + CALLS_AT_ONCE).map(call));
}
