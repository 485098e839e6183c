import { createHash } from "node:crypto";
import { mkdirSync, realpathSync } from "node:fs";
import { createServer } from "node:net";
import { GRACE_MS } from "./child.ts";
import { end, isAlive } from "./identity.ts";
import { readState } from "./state.ts";

/** Held while a starter lives; the kernel gives it back when the starter is killed. */
export type Claim = { readonly release: () => Promise<void> };

/**
 * Makes this process the only starter on `directory` and stops what an earlier one, killed, left running; throws
 * when the other one is alive. The lock is a socket in Linux's abstract namespace: no file to go stale.
 */
export async function claim(directory: string, report: (line: string) => void): Promise<Claim> {
  mkdirSync(directory, { recursive: true });
  const server = createServer((socket) => socket.destroy());
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(lockName(directory), resolve);
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new Error(alreadyRunning(directory), { cause: error });
  }
  server.unref();
  await endLeftovers(directory, report);
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

function lockName(directory: string): string {
  return `\0oms-${createHash("sha256").update(realpathSync(directory)).digest("hex")}`;
}

function alreadyRunning(directory: string): string {
  const pid = readState(directory)?.starter.pid;
  return (
    `a system already runs from ${directory}${pid ? ` (process ${pid})` : ""}.\n` +
    "Stop it with Ctrl-C where it was started, or run a second one: RUN_DIR=.run/second PORT_OFFSET=1000 npm start"
  );
}

/** Stops, in reverse order, what a killed starter left running from `directory`. */
export async function endLeftovers(directory: string, report: (line: string) => void): Promise<void> {
  const alive = (readState(directory)?.processes ?? []).filter((each) => isAlive(each));
  if (alive.length === 0) return;
  report(`stopping what an earlier start left running: ${alive.map((each) => each.name).join(", ")}`);
  for (const each of alive.toReversed()) await end(each, GRACE_MS);
}
