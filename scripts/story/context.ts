import { setTimeout as wait } from "node:timers/promises";
import { setStage } from "@oms/flags/admin.ts";
import { http } from "./http.ts";
import { seeded } from "./random.ts";
import type { Answer, StoryContext, System } from "./story.ts";

const POLL_MS = 50;

/** What the story says of itself did not hold. */
export class CheckFailed extends Error {
  override readonly name = "CheckFailed";
}

/** How one story is run. */
export type Run = {
  readonly long: boolean;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
};

/** The context of one story and, as it runs, the number of its checks that held. */
export function storyContext(run: Run, system: System): { context: StoryContext; checks: () => number } {
  let held = 0;
  const check = (condition: boolean, text: string): void => {
    if (!condition) throw new CheckFailed(text);
    held += 1;
  };
  const context: StoryContext = {
    long: run.long,
    random: seeded(run.seed),
    signal: run.signal,
    system,
    figures: {},
    progress: run.progress,
    check,
    until: async (ask, what, seconds = 120) => {
      const answer = await poll(ask, {
        what,
        until: Date.now() + seconds * 1000,
        seconds,
        signal: run.signal,
      });
      held += 1;
      return answer;
    },
    setStage: (capability, target) => setStage(flagServer(system), flagName(system, capability), target),
    http,
  };
  return { context, checks: () => held };
}

function flagServer({ env }: System) {
  const { UNLEASH_URL: url = "", UNLEASH_ADMIN_TOKEN: token = "" } = env;
  return { url, token, environment: "development" };
}

function flagName({ env }: System, capability: string): string {
  const { FLAG_PREFIX: prefix = "" } = env;
  return `${prefix}oms.${capability}`;
}

type Patience = { what: string; until: number; seconds: number; signal: AbortSignal };

async function poll<T>(ask: () => T | Promise<T>, patience: Patience): Promise<Answer<T>> {
  let last: unknown;
  while (Date.now() < patience.until) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer as Answer<T>;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await wait(POLL_MS, undefined, { signal: patience.signal });
  }
  throw new CheckFailed(`${patience.what}, within ${patience.seconds} s`, { cause: last });
}
