import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const identity = z.object({ pid: z.number().int(), startTime: z.string() });
const leftover = identity.extend({ name: z.string() });
const state = z.object({
  starter: identity,
  /** In the order they were started. */
  processes: z.array(leftover),
  /** What another command needs in its environment to reach the running system. */
  env: z.record(z.string(), z.string()),
});

export type Leftover = z.infer<typeof leftover>;
export type State = z.infer<typeof state>;

function path(directory: string): string {
  return join(directory, "system.json");
}

/** What runs, or ran, from this directory; undefined when nothing ever did. */
export function readState(directory: string): State | undefined {
  let text: string;
  try {
    text = readFileSync(path(directory), "utf8");
  } catch {
    return undefined;
  }
  return state.parse(JSON.parse(text));
}

/** Replaces the file in one step, so that a reader, or a kill, never meets half of it. It may hold tokens. */
export function writeState(directory: string, next: State): void {
  mkdirSync(directory, { recursive: true });
  const draft = `${path(directory)}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(next, null, 2), { mode: 0o600 });
  renameSync(draft, path(directory));
}
