import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RedisSettings } from "./config.ts";

export type OwnRedis = {
  /** A socket file: nobody takes it while the server is away. */
  readonly url: string;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Kills the server as a crash does. */
  readonly kill: () => Promise<void>;
  /** Starts it again, empty. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** A Redis of a test's own. */
export async function startRedis(): Promise<OwnRedis> {
  const directory = await mkdtemp(join(tmpdir(), "scheduler-redis-"));
  const url = join(directory, "redis.sock");
  let server = await listening(url, directory);
  const kill = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill("SIGKILL");
    await once(server, "exit");
  };
  return {
    url,
    signal: (signal) => void server.kill(signal),
    kill,
    async restart() {
      server = await listening(url, directory);
    },
    async stop() {
      await kill();
      await rm(directory, { recursive: true });
    },
  };
}

async function listening(socket: string, directory: string): Promise<ChildProcess> {
  const options = ["--port", "0", "--unixsocket", socket, "--dir", directory, "--save", ""];
  const server = spawn("redis-server", options, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const text of server.stdout) if (String(text).includes("ready to accept")) break;
  server.stdout.resume();
  return server;
}

/** The settings of a process that has this Redis. */
export function settingsOf({ url }: OwnRedis): RedisSettings {
  return { REDIS_URL: url, REDIS_MASTER: "mymaster", KEY_PREFIX: "oms:", OMS_ENV: "test" };
}
