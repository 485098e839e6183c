import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

/** A process that no other can be mistaken for: a pid is used again, the pid with its start time is not. */
export type Identity = {
  readonly pid: number;
  /** Field `starttime` of /proc/<pid>/stat, in clock ticks since boot. */
  readonly startTime: string;
};

const POLL_MS = 50;

/** The running process with this pid; undefined when there is none or only its remains. */
export function identify(pid: number): Identity | undefined {
  try {
    return parseStat(pid, readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return undefined;
  }
}

/**
 * Reads proc_pid_stat(5); the command's name, in parentheses, may itself hold spaces and parentheses. A process of
 * which only the first thread has ended, as a kill may find it, still holds its ports.
 */
export function parseStat(pid: number, stat: string): Identity | undefined {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, threads, startTime] = [fields[0], fields[17], fields[19]];
  const ended = state === "X" || (state === "Z" && threads === "1");
  return ended || !startTime ? undefined : { pid, startTime };
}

export function isAlive(identity: Identity): boolean {
  return identify(identity.pid)?.startTime === identity.startTime;
}

/** Sends `signal` if that very process still runs. */
export function signalTo(identity: Identity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** SIGTERM, and SIGKILL after `graceMs`; returns when the process is gone. */
export async function end(identity: Identity, graceMs: number): Promise<void> {
  signalTo(identity, "SIGTERM");
  const killAt = Date.now() + graceMs;
  while (isAlive(identity)) {
    if (Date.now() >= killAt) signalTo(identity, "SIGKILL");
    await wait(POLL_MS);
  }
}
