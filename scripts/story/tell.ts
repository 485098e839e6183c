import { join } from "node:path";
import { ProcessFailed } from "../process/child.ts";
import { CheckFailed, type Run, storyContext } from "./context.ts";
import { StoryProcesses } from "./processes.ts";
import type { Result } from "./result.ts";
import type { Story } from "./story.ts";
import type { Suite } from "./suite.ts";

/** A story that takes longer hangs: a busy machine may well take many times what a quiet one does. */
const SHORT_SECONDS = 900;
const LONG_SECONDS = 1_800;

/** Runs one story from its first process to the last one's end; a failure is part of the result. */
export async function tell(suite: Suite, name: string, story: Story, run: Run): Promise<Result> {
  const began = performance.now();
  const settings = await suite.settingsFor(name, story.own ?? []);
  const over = new AbortController();
  const seconds = run.long ? LONG_SECONDS : SHORT_SECONDS;
  const late = AbortSignal.timeout(seconds * 1000);
  const ended = Promise.withResolvers<never>();
  ended.promise.catch(() => undefined);
  late.addEventListener("abort", () => ended.reject(new Error(`the story was not over within ${seconds} s`)));
  run.signal.addEventListener("abort", () => ended.reject(new Error("the story was interrupted")));
  const processes = new StoryProcesses(settings, suite.servers, (dead, log) => {
    ended.reject(new Error(`${dead} died by itself; its log: ${log}`));
  });
  const signal = AbortSignal.any([run.signal, late, over.signal]);
  const system = processes.system();
  const { context, checks } = storyContext({ ...run, signal }, system);
  let error: unknown;
  try {
    if (!story.own?.includes("unleash")) await system.pushFlags();
    await Promise.race([story.run(context), ended.promise]);
  } catch (thrown) {
    error = thrown;
  }
  over.abort();
  await processes.stop();
  return {
    story: name,
    ok: error === undefined,
    seconds: (performance.now() - began) / 1000,
    checks: checks(),
    seed: run.seed,
    figures: context.figures,
    logs: join(settings.runDirectory, "logs"),
    ...(error !== undefined && { error: describe(error) }),
  };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `\n  because: ${error.cause.message}` : "";
  if (error instanceof CheckFailed) return `did not hold: ${error.message}${cause}`;
  return (error instanceof ProcessFailed ? error.message : (error.stack ?? error.message)) + cause;
}
