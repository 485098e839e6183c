import { type ChildProcess, spawn } from "node:child_process";
import { setPriority } from "node:os";
import { join } from "node:path";
import { childEnvironment } from "./config.ts";

const MAIN = join(import.meta.dirname, "main.ts");
/** Whoever renews the leases of children goes before them. */
const NICE = 5;

export type StartOptions = {
  /** The worker's own; the child gets its part of it. */
  readonly env: NodeJS.ProcessEnv;
  /** Of V8's old generation, in MiB. */
  readonly heapMb: number;
};

/** A child's process. */
export function startProcess({ env, heapMb }: StartOptions): ChildProcess {
  const args = ["--disable-warning=ExperimentalWarning", `--max-old-space-size=${heapMb}`, MAIN];
  const child = spawn(process.execPath, args, {
    env: childEnvironment(env),
    stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"],
    // A group of its own: what it started goes with it.
    detached: true,
  });
  try {
    if (child.pid !== undefined) setPriority(child.pid, NICE);
  } catch {
    // It is gone already, which its end tells.
  }
  return child;
}
