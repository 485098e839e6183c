import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePorts } from "../process/ports.ts";
import { ROOT } from "../root.ts";

const HOST = "127.0.0.1";
const POLL_MS = 5;
const ASK_MS = 1000;
const PATIENCE_MS = 60_000;
const PRELOADED = [
  "--disable-warning=ExperimentalWarning",
  "--import",
  join(import.meta.dirname, "event-loop.ts"),
];

export type MeasuredProcess = {
  /** `host:port` of its gRPC. */
  readonly address: string;
  readonly url: string;
  /** Seconds from its start until /ready said so. */
  readonly startSeconds: number;
  /** How late its event loop was since it was last asked: the 99th percentile, in milliseconds. */
  readonly eventLoopP99: () => Promise<number>;
  readonly stop: () => Promise<void>;
  /** With SIGKILL. */
  readonly kill: () => Promise<void>;
};

/**
 * Starts one of the project's processes, or one that behaves like them, on free ports given as PORT and GRPC_PORT, or
 * on those of `ports`: gRPC, HTTP.
 * Throws when it ends before it is ready, or is not within a minute.
 */
export async function startMeasured(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  ports?: readonly number[],
): Promise<MeasuredProcess> {
  const [grpc = 0, http = 0] = ports ?? (await freePorts(HOST, 2));
  const url = `http://${HOST}:${http}`;
  const began = performance.now();
  const child = spawn(process.execPath, [...PRELOADED, ...argv], {
    cwd: ROOT,
    env: { ...process.env, ...env, HOST, PORT: `${http}`, GRPC_PORT: `${grpc}`, LOG_LEVEL: "error" },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  while (!(await isReady(url))) {
    if (isOver(child)) throw new Error(`${argv.join(" ")} ended with ${child.exitCode ?? child.signalCode}`);
    if (performance.now() > began + PATIENCE_MS) child.kill("SIGKILL");
    await wait(POLL_MS);
  }
  return {
    address: `${HOST}:${grpc}`,
    url,
    startSeconds: (performance.now() - began) / 1000,
    eventLoopP99: () => ask(child),
    stop: () => end(child, "SIGTERM"),
    kill: () => end(child, "SIGKILL"),
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  if (!isOver(child)) await once(child, "exit");
}

function isOver({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(ASK_MS) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

async function ask(child: ChildProcess): Promise<number> {
  const answer = once(child, "message");
  child.send("event loop");
  const [milliseconds] = await answer;
  return Number(milliseconds);
}
