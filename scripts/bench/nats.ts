import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePorts } from "../process/ports.ts";
import type { Servers } from "../setup/servers.ts";

const HOST = "127.0.0.1";

export type Nats = {
  readonly url: string;
  /** With SIGKILL; what it had stays on its disk. */
  readonly kill: () => Promise<void>;
  /** Resolves when it is ready again, with what it had. */
  readonly resume: () => Promise<void>;
};

/** A JetStream server of the bench's own. */
export async function startNats(opening: AsyncDisposableStack, servers: Servers): Promise<Nats> {
  const directory = await mkdtemp(join(tmpdir(), "bench-nats-"));
  opening.defer(() => rm(directory, { recursive: true }));
  const [port = 0] = await freePorts(HOST, 1);
  const args = ["--addr", HOST, "--port", `${port}`, "--jetstream", "--store_dir", directory];
  let server: ChildProcess | undefined;
  const nats = {
    url: `nats://${HOST}:${port}`,
    async kill() {
      const killed = server;
      server = undefined;
      if (!killed || killed.exitCode !== null || killed.signalCode !== null) return;
      killed.kill("SIGKILL");
      await once(killed, "exit");
    },
    async resume() {
      const started = spawn(servers.nats, args, { stdio: ["ignore", "ignore", "pipe"] });
      server = started;
      for await (const line of createInterface({ input: started.stderr }))
        if (line.includes("Server is ready")) return void started.stderr.resume();
      throw new Error("nats-server ended before it was ready");
    },
  };
  opening.defer(nats.kill);
  await nats.resume();
  return nats;
}
