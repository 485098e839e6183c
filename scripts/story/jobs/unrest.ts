import { setTimeout as wait } from "node:timers/promises";
import type { Target } from "@oms/flags/admin.ts";
import { strangler } from "../cli.ts";
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
  readonly #over = new AbortController();

  constructor(context: StoryContext) {
    this.#context = context;
    context.signal.addEventListener("abort", () => this.#over.abort());
  }

  /** Resolves when all of it is over, `seconds` later. */
  async last(
    seconds: number,
    { victims, calls, jobs }: { victims: readonly Reborn[]; calls: JobCalls; jobs: readonly string[] },
  ): Promise<void> {
    const all = [this.#flip(), this.#kill(victims), this.#edit(calls, jobs), this.#handOver()];
    const ended = Promise.all(all);
    await Promise.race([wait(seconds * 1000, undefined, { signal: this.#context.signal }), ended]);
    this.#over.abort();
    await ended;
  }

  /** A release manager who cannot decide. */
  async #flip(): Promise<void> {
    await this.#repeat(FLIP_MS, async () => {
      const target = TARGETS[this.flips % TARGETS.length] ?? "shadow";
      await this.#context.setStage("scheduler", target);
      this.flips += 1;
    });
  }

  async #kill(victims: readonly Reborn[]): Promise<void> {
    const { random } = this.#context;
    while (await this.#pause(KILL_MS.least + random() * KILL_MS.spread)) {
      victims[Math.floor(random() * victims.length)]?.kill();
      this.kills += 1;
    }
  }

  /** Callers who run, change, pause and resume jobs, whoever owns them. */
  async #edit(calls: JobCalls, jobs: readonly string[]): Promise<void> {
    const { random } = this.#context;
    await this.#repeat(EDIT_MS, async () => {
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
    });
  }

  /** An operator who moves jobs to where the flag says, by the command. */
  async #handOver(): Promise<void> {
    await this.#repeat(FLIP_MS, async () => {
      await strangler(["handover", "scheduler"], this.#context.system.env);
      this.handovers += 1;
    });
  }

  async #repeat(everyMs: number, act: () => Promise<void>): Promise<void> {
    while (await this.#pause(everyMs)) await act();
  }

  /** False when it is over. */
  async #pause(ms: number): Promise<boolean> {
    const { signal } = this.#over;
    await wait(ms, undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  }
}
