import type { Target } from "@oms/flags/admin.ts";
import { strangler } from "../cli.ts";
import { type Habit, keepUp } from "../habits.ts";
import type { Reborn } from "../reborn.ts";
import type { StoryContext } from "../story.ts";
import type { JobCalls } from "./job-calls.ts";

const FLIP_MS = 3000;
const KILL_MS = { least: 1500, spread: 2000 };
const EDIT_MS = 500;
const TARGETS: readonly Target[] = [
  { livePercent: 100 },
  { livePercent: 50 },
  "shadow",
  { livePercent: 100 },
  "in-process",
];

/** What happens to jobs while an auditor would like to know: flips, kills, edits, and a handover by hand. */
export class Unrest {
  flips = 0;
  kills = 0;
  edits = 0;
  handovers = 0;
  readonly #context: StoryContext;

  constructor(context: StoryContext) {
    this.#context = context;
  }

  /** Resolves when all of it is over, `seconds` later. */
  last(
    seconds: number,
    { victims, calls, jobs }: { victims: readonly Reborn[]; calls: JobCalls; jobs: readonly string[] },
  ): Promise<void> {
    const habits = [this.#flip(), this.#kill(victims), this.#edit(calls, jobs), this.#handOver()];
    return keepUp(habits, { seconds, signal: this.#context.signal });
  }

  /** A release manager who cannot decide. */
  #flip(): Habit {
    const act = async () => {
      await this.#context.setStage("scheduler", TARGETS[this.flips % TARGETS.length] ?? "shadow");
      this.flips += 1;
    };
    return { pauseMs: FLIP_MS, act };
  }

  #kill(victims: readonly Reborn[]): Habit {
    const { random } = this.#context;
    const act = () => {
      victims[Math.floor(random() * victims.length)]?.kill();
      this.kills += 1;
    };
    return { pauseMs: () => KILL_MS.least + random() * KILL_MS.spread, act };
  }

  /** Callers who run, change, pause and resume jobs, whoever owns them. */
  #edit(calls: JobCalls, jobs: readonly string[]): Habit {
    const { random } = this.#context;
    const act = async () => {
      const id = jobs[Math.floor(random() * jobs.length)] ?? "";
      const edit = [
        () => calls.runNow(id),
        () =>
          calls.update({ id, schedule: { kind: "interval", everyMs: 1000 + Math.floor(random() * 4000) } }),
        async () => {
          await calls.pause(id);
          await calls.resume(id);
        },
      ][this.edits % 3];
      await edit?.();
      this.edits += 1;
    };
    return { pauseMs: EDIT_MS, act };
  }

  /** An operator who moves jobs to where the flag says, by the command. */
  #handOver(): Habit {
    const act = async () => {
      await strangler(["handover", "scheduler"], this.#context.system.env);
      this.handovers += 1;
    };
    return { pauseMs: FLIP_MS, act };
  }
}
