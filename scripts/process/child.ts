import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { end, type Identity, identify, signalTo } from "./identity.ts";
import { untilReady } from "./ready.ts";
import type { Spec } from "./spec.ts";
import { lastLines } from "./tail.ts";

export const GRACE_MS = 10_000;

/** A process did not become ready; the message ends with the last lines it wrote. */
export class ProcessFailed extends Error {
  override readonly name = "ProcessFailed";
}

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A started process. */
export type Child = {
  readonly spec: Spec;
  readonly identity: Identity;
  readonly log: string;
  readonly exited: Promise<Exit>;
  /** Resolves when the process is ready; throws, with the last lines it wrote, when it ends or takes too long. */
  readonly ready: (host: string) => Promise<void>;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** SIGTERM, and SIGKILL after ten seconds. */
  readonly stop: () => Promise<void>;
};

/**
 * Starts `spec` with its output appended to `log`, in a process group of its own: Ctrl-C in the terminal reaches
 * the starter alone, which stops the processes in order.
 */
export function startChild(spec: Spec, log: string, env: NodeJS.ProcessEnv): Child {
  const [file, ...args] = spec.command;
  if (spec.data !== undefined) mkdirSync(spec.data, { recursive: true });
  const output = openSync(log, "a");
  const child = spawn(file, args, {
    detached: true,
    stdio: ["ignore", output, output],
    env: { ...env, ...spec.env },
  });
  closeSync(output);
  const exited = once(child, "exit").then(([code, signal]): Exit => ({ code, signal }));
  exited.catch(() => undefined);
  const identity = (child.pid === undefined ? undefined : identify(child.pid)) ?? { pid: 0, startTime: "" };
  return {
    spec,
    identity,
    log,
    exited,
    ready: async (host) => {
      const first = await firstOf(spec, host, exited);
      if (first === "ready") return;
      const why = first === "late" ? `was not ready within ${spec.patience} s` : describeExit(first);
      throw new ProcessFailed(`${spec.name} ${why}\n${lastLines(log, 15)}`);
    },
    kill: (signal) => signalTo(identity, signal),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      await Promise.all([end(identity, GRACE_MS), exited]);
    },
  };
}

/** Ready, out of time, or ended; a step that ended well is ready. */
async function firstOf(spec: Spec, host: string, exited: Promise<Exit>): Promise<"ready" | "late" | Exit> {
  const over = new AbortController();
  const polling = AbortSignal.any([over.signal, AbortSignal.timeout(spec.patience * 1000)]);
  const isStep = "exit" in spec.readiness;
  try {
    return await Promise.race([
      exited.then((exit) => (isStep && exit.code === 0 ? "ready" : exit)),
      untilReady(spec.readiness, host, polling).then((ready) => (ready ? "ready" : "late")),
    ]);
  } finally {
    over.abort();
  }
}

export function describeExit({ code, signal }: Exit): string {
  return signal ? `was ended by ${signal}` : `ended with code ${code}`;
}
