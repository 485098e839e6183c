import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "../process/ports.ts";
import type { Servers } from "../setup/servers.ts";

const HOST = "127.0.0.1";

/** A Redis of the bench's own that keeps what it is told as the system's does; its URL. */
export async function startRedis(opening: AsyncDisposableStack, servers: Servers): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "bench-redis-"));
  opening.defer(() => rm(directory, { recursive: true }));
  const [port = 0] = await freePorts(HOST, 1);
  const listen = ["--bind", HOST, "--port", `${port}`];
  const keep = ["--dir", directory, "--appendonly", "yes", "--save", ""];
  const server = spawn(servers.redis, [...listen, ...keep], { stdio: ["ignore", "pipe", "inherit"] });
  opening.defer(async () => {
    server.kill("SIGKILL");
    if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
  });
  for await (const text of server.stdout) if (/ready to accept/i.test(String(text))) break;
  server.stdout.resume();
  return `redis://${HOST}:${port}`;
}
