import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A Redis of a test's own, on a socket file in place of a port. */
export type OwnRedis = {
  readonly url: string;
  /** Kills the server, as a crash does. */
  readonly kill: () => Promise<void>;
  /** Stops the server without closing its connections, as a stuck disk does. */
  readonly stall: () => void;
  /** Starts it again, empty. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

export async function startRedis(): Promise<OwnRedis> {
  const directory = mkdtempSync(join(tmpdir(), "strangler-redis-"));
  const url = join(directory, "redis.sock");
  let server = await listening(url, directory);
  const kill = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill("SIGKILL");
    await once(server, "exit");
  };
  return {
    url,
    kill,
    stall: () => {
      server.kill("SIGSTOP");
    },
    restart: async () => {
      server = await listening(url, directory);
    },
    stop: async () => {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function listening(socket: string, directory: string) {
  const options = ["--port", "0", "--unixsocket", socket, "--dir", directory, "--save", ""];
  const server = spawn("redis-server", options, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const text of server.stdout) if (String(text).includes("ready to accept")) break;
  server.stdout.resume();
  return server;
}
