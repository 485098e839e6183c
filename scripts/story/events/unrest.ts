import { setTimeout as wait } from "node:timers/promises";
import type { Target } from "@oms/flags/admin.ts";
import { strangler } from "../cli.ts";
import { type Habit, keepUp } from "../habits.ts";
import type { Handle, StoryContext } from "../story.ts";

const FLIP_MS = 2000;
const KILL_MS = 1000;
/** Longer than JetStream knows an event again. */
const AWAY_MS = 1500;
const TARGETS: readonly Target[] = [
  { livePercent: 100 },
  "in-process",
  { livePercent: 50 },
  "shadow",
  { livePercent: 100 },
  "in-process",
];

/** What happens to events while an auditor would like to know: flips of the flag, handovers, kills. */
export class Unrest {
  flips = 0;
  handovers = 0;
  kills = 0;
  readonly #context: StoryContext;

  constructor(context: StoryContext) {
    this.#context = context;
  }

  /** Resolves when all of it is over and everybody is back: after `seconds`, or later where the machine is slow. */
  async last(seconds: number, victims: readonly Handle[]): Promise<void> {
    const { signal } = this.#context;
    const habits = [this.#flip(), this.#follow(), this.#kill(victims)];
    do await keepUp(habits, { seconds, signal });
    while (Math.min(this.flips, this.kills, this.handovers) < victims.length);
  }

  /** Brings subscribers to where the flag says; false when some are not there. */
  async handOver(): Promise<boolean> {
    const { code } = await strangler(["handover", "events"], this.#context.system.env);
    return code === 0;
  }

  /** A release manager who cannot decide: what is published moves at once. */
  #flip(): Habit {
    const act = async () => {
      await this.#context.setStage("events", TARGETS[this.flips % TARGETS.length] ?? "shadow");
      this.flips += 1;
    };
    return { pauseMs: FLIP_MS, act };
  }

  /** An operator who moves subscribers to where the flag says. */
  #follow(): Habit {
    const act = async () => {
      if (await this.handOver()) this.handovers += 1;
    };
    return { pauseMs: FLIP_MS, act };
  }

  /** One after the other, each away for a while. */
  #kill(victims: readonly Handle[]): Habit {
    const { signal } = this.#context;
    const act = async () => {
      const victim = victims[this.kills % victims.length];
      if (!victim) return;
      victim.kill("SIGKILL");
      this.kills += 1;
      await victim.exited();
      await wait(AWAY_MS, undefined, { signal });
      await victim.restart();
    };
    return { pauseMs: KILL_MS, act };
  }
}
