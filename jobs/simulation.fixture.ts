import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { CommitOutcome, CommitRequest, Kernel } from "@oms/data-kernel/client.ts";
import { GroupCommit } from "./group-commit.ts";
import { type Job, jobDocument, type Owner, schedulerBranch } from "./job.ts";
import { schedulerMethods } from "./methods.ts";
import type { Scheduler, ScheduleSpec } from "./port.ts";
import { type Round, roundOf } from "./round.ts";
import { JobsView } from "./view.ts";
import { putJob, unchanged } from "./writes.ts";

/** `ticker`: 0 and 1 are of one side, 2 is of the other. */
export type SmallStep =
  | { readonly kind: "pass"; readonly ms: number }
  /** It decides by what it last knew, unless it looks. */
  | { readonly kind: "decide"; readonly ticker: number; readonly looks: boolean }
  | { readonly kind: "crash"; readonly ticker: number }
  /** `unheard`: it is committed, the ticker does not hear of it, and may commit the same once more. */
  | { readonly kind: "commit"; readonly ticker: number; readonly unheard: boolean }
  | { readonly kind: "move"; readonly job: string; readonly to: Owner };

export type EditStep = {
  readonly kind: "register" | "reschedule" | "tag" | "pause" | "resume" | "cancel" | "run";
  readonly job: string;
  /** Who serves it. */
  readonly side: Owner;
  /** The schedule, or the call's key of a run. */
  readonly choice: number;
  /** What happens after it has read the job, and before it commits. */
  readonly between: readonly SmallStep[];
};

export type Step = SmallStep | EditStep;

export const JOBS = ["a", "b", "c"] as const;
export const SCHEDULES: readonly ScheduleSpec[] = [
  { kind: "interval", everyMs: 5000, anchorMs: 0 },
  { kind: "interval", everyMs: 7000, anchorMs: 500 },
  { kind: "cron", expression: "*/20 * * * * *", zone: "Europe/Berlin" },
];
/** Their clocks are not alike. */
export const TICKERS: ReadonlyArray<{ readonly side: Owner; readonly aheadMs: number }> = [
  { side: "in-process", aheadMs: 0 },
  { side: "in-process", aheadMs: 700 },
  { side: "extracted", aheadMs: -900 },
];
/** Long past, so that no tick is in the kernel's future. */
const START_MS = Date.UTC(2026, 0, 1);
const NEVER_MS = 1_000_000;

type Ticker = { readonly side: Owner; readonly aheadMs: number; view: JobsView; decided: readonly Round[] };

export type World = {
  readonly kernel: Kernel;
  /** First part of the branch's name; each simulation has its own. */
  readonly env: string;
  /** False: claims assert nothing. */
  readonly asserting: boolean;
};

/** Tickers and edits on one branch, step by step, at a time that passes when it is told to. */
export class Simulation {
  readonly #world: World;
  readonly #tickers: Ticker[] = [];
  #nowMs = START_MS;
  #edits = 0;
  /** Every commit that was made, in order. */
  readonly committed: CommitRequest[] = [];

  private constructor(world: World) {
    this.#world = world;
  }

  /** With each job registered, one owned by one side, the others by the other. */
  static async start(world: World): Promise<Simulation> {
    const simulation = new Simulation(world);
    for (const terms of TICKERS)
      simulation.#tickers.push({ ...terms, view: await simulation.#openView(), decided: [] });
    for (const [choice, job] of JOBS.entries()) {
      const side = choice === 0 ? "extracted" : "in-process";
      await simulation.apply({ kind: "register", job, side, choice, between: [] });
    }
    return simulation;
  }

  async apply(step: Step): Promise<void> {
    if (step.kind === "pass") this.#nowMs += step.ms;
    else if (step.kind === "move") await this.#move(step.job, step.to);
    else if ("ticker" in step) await this.#tick(step);
    else await this.#edit(step);
  }

  /** Every ticker claims what is left. Answers up to when that is all there is. */
  async finish(): Promise<number> {
    const upToMs = this.#nowMs;
    await this.apply({ kind: "pass", ms: 1000 });
    for (const ticker of TICKERS.keys()) {
      await this.apply({ kind: "decide", ticker, looks: true });
      await this.apply({ kind: "commit", ticker, unheard: false });
    }
    for (const { view } of this.#tickers) view.close();
    return upToMs;
  }

  async #tick(step: Extract<SmallStep, { readonly ticker: number }>): Promise<void> {
    const ticker = this.#tickers[step.ticker];
    if (!ticker) throw new Error(`there is no ticker ${step.ticker}`);
    if (step.kind === "decide") {
      if (step.looks) await ticker.view.refresh();
      ticker.decided = this.#roundsOf(ticker);
    }
    if (step.kind === "commit") await this.#commit(ticker, step.unheard);
    if (step.kind === "crash") {
      ticker.view.close();
      ticker.decided = [];
      ticker.view = await this.#openView();
    }
  }

  #roundsOf({ view, side, aheadMs }: Ticker): Round[] {
    const claimer = { side, nowMs: this.#nowMs + aheadMs };
    const own = [...view.states()].filter(({ doc }) => doc.body.owner === side);
    return own.flatMap((state) => roundOf(state, claimer) ?? []);
  }

  async #commit(ticker: Ticker, unheard: boolean): Promise<void> {
    const { env, asserting } = this.#world;
    const kernel = {
      commit: async (request: CommitRequest): Promise<CommitOutcome> => {
        const outcome = await this.#send(request);
        if (unheard) throw new ServiceError("UNAVAILABLE", "the answer is lost");
        return outcome;
      },
    };
    const commits = new GroupCommit({ kernel, env, windowMs: 0, patienceMs: 0, asserting });
    const outcomes = await Promise.allSettled(ticker.decided.map((round) => commits.submit(round)));
    for (const outcome of outcomes) if (outcome.status === "rejected") forgive(outcome.reason);
    if (!unheard) ticker.decided = [];
  }

  async #move(id: string, owner: Owner): Promise<void> {
    const { kernel, env } = this.#world;
    const doc = await kernel.get<Job>(schedulerBranch(env), jobDocument(id));
    if (!doc) throw new Error(`there is no job ${id}`);
    await this.#send({
      branch: schedulerBranch(env),
      message: `move ${id}`,
      writes: [putJob({ ...doc.body, owner })],
      preconditions: [unchanged(doc)],
    });
  }

  async #edit(step: EditStep): Promise<void> {
    this.#edits += 1;
    const key = step.kind === "run" ? `${step.job}-${step.choice}` : `edit-${this.#edits}`;
    const scheduler = this.#scheduler(step);
    await runInContext(newContext({ key }), () => call(scheduler, step)).catch(forgive);
  }

  #scheduler({ side, between }: EditStep): Scheduler {
    const { kernel, env } = this.#world;
    let left = between;
    const interrupted = async (request: CommitRequest): Promise<CommitOutcome> => {
      const steps = left;
      left = [];
      for (const step of steps) await runInContext(newContext(), () => this.apply(step));
      return this.#send(request);
    };
    const edited = new Proxy(kernel, {
      get(target, name) {
        if (name === "commit") return interrupted;
        const own: unknown = Reflect.get(target, name);
        return typeof own === "function" ? own.bind(target) : own;
      },
    });
    return schedulerMethods({
      kernel: edited,
      env,
      side,
      now: () => this.#nowMs,
      executors: { require: () => undefined },
      fires: () => Promise.reject(new Error("nobody asks for fires")),
    });
  }

  async #send(request: CommitRequest): Promise<CommitOutcome> {
    const outcome = await this.#world.kernel.commit(request);
    if (!outcome.repeated) this.committed.push(request);
    return outcome;
  }

  #openView(): Promise<JobsView> {
    const { kernel, env } = this.#world;
    return JobsView.open({ kernel, env, log: { warn: () => undefined }, pollMs: NEVER_MS });
  }
}

async function call(scheduler: Scheduler, { kind, job: id, choice }: EditStep): Promise<void> {
  const schedule = SCHEDULES[choice % SCHEDULES.length] ?? { kind: "manual" };
  if (kind === "register") await scheduler.register({ id, type: "t", schedule, misfire: "fire-all" });
  else if (kind === "reschedule") await scheduler.update({ id, schedule });
  else if (kind === "tag") await scheduler.update({ id, tags: [`tag-${choice}`] });
  else if (kind === "run") await scheduler.runNow({ id });
  else await scheduler[kind]({ id });
}

const ANSWERS = ["ABORTED", "ALREADY_EXISTS", "FAILED_PRECONDITION", "UNAVAILABLE"];

/** What a caller or a ticker may be told; anything else is a bug. */
function forgive(error: unknown): void {
  if (!(error instanceof ServiceError && ANSWERS.includes(error.code))) throw error;
}
