import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";

/** A JetStream server of the test's own: it can be killed, stalled, and started again with what it had. */
export class Nats {
  readonly #folder: string;
  readonly #args: readonly string[];
  #port = -1;
  #server: ChildProcess | undefined;

  private constructor(folder: string, args: readonly string[]) {
    this.#folder = folder;
    this.#args = args;
  }

  /** `args` for nats-server besides. */
  static async start(args: readonly string[] = []): Promise<Nats> {
    const nats = new Nats(await mkdtemp(join(tmpdir(), "events-nats-")), args);
    await nats.resume();
    return nats;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.#port}`;
  }

  async resume(): Promise<void> {
    const address = ["--addr", "127.0.0.1", "--port", `${this.#port}`];
    const args = [...address, "--jetstream", "--store_dir", this.#folder, ...this.#args];
    const server = spawn("nats-server", args, { stdio: ["ignore", "ignore", "pipe"] });
    this.#server = server;
    for await (const line of createInterface({ input: server.stderr })) {
      const port = /client connections on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (port) this.#port = Number(port);
      if (line.includes("Server is ready")) return void server.stderr.resume();
    }
    assert.fail("nats-server did not start: npm run setup");
  }

  /** With SIGKILL; what it had stays on its disk. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    server.kill("SIGKILL");
    await once(server, "exit");
  }

  /** It keeps its connections and answers nothing: the signal is sent before every thread has stopped. */
  async stall(): Promise<void> {
    const { pid } = this.#server ?? assert.fail("there is no server to stall");
    assert(this.#server?.kill("SIGSTOP"));
    while (!(await isStopped(pid ?? assert.fail("the server has no process")))) await delay(1);
  }

  unstall(): void {
    this.#server?.kill("SIGCONT");
  }

  /** Kills it and removes what it had. */
  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true });
  }

  manage<R>(use: (manager: JetStreamManager) => Promise<R>): Promise<R> {
    return this.#connected(async (connection) => use(await jetstreamManager(connection)));
  }

  publishing<R>(use: (client: JetStreamClient) => Promise<R>): Promise<R> {
    return this.#connected((connection) => use(jetstream(connection)));
  }

  async #connected<R>(use: (connection: NatsConnection) => Promise<R>): Promise<R> {
    const connection = await connect({ servers: this.url });
    try {
      return await use(connection);
    } finally {
      await connection.close();
    }
  }
}

/** Whether every thread of a process is stopped, by proc_pid_stat(5). */
async function isStopped(pid: number): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`);
  const stats = await Promise.all(threads.map((id) => readFile(`/proc/${pid}/task/${id}/stat`, "utf8")));
  // The state follows the name, which is in parentheses and may hold any of them.
  return stats.every((stat) => stat.slice(stat.lastIndexOf(")") + 2).startsWith("T"));
}

/** Three servers that are one cluster. */
export class NatsCluster {
  readonly servers: readonly Nats[];

  private constructor(servers: readonly Nats[]) {
    this.servers = servers;
  }

  static async start(): Promise<NatsCluster> {
    const ports = await Promise.all([freePort(), freePort(), freePort()]);
    const routes = ports.map((port) => `nats-route://127.0.0.1:${port}`).join(",");
    const cluster = ["--cluster_name", "events", "--routes", routes];
    const servers = ports.map((port, i) =>
      Nats.start(["--server_name", `n${i}`, "--cluster", `nats://127.0.0.1:${port}`, ...cluster]),
    );
    const started = new NatsCluster(await Promise.all(servers));
    await started.#ready();
    return started;
  }

  /** Of all three, with commas between. */
  get urls(): string {
    return this.servers.map(({ url }) => url).join(",");
  }

  /** The server that leads a stream. */
  async leaderOf(stream: string): Promise<Nats> {
    const info = await this.servers[0]?.manage(({ streams }) => streams.info(stream));
    const leader = this.servers[Number(info?.cluster?.leader?.slice(1))];
    assert(leader, `${stream} has no leader`);
    return leader;
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  /** Streams can be made once the three have a leader. */
  async #ready(): Promise<void> {
    for (;;) {
      try {
        await this.servers[0]?.manage((manager) => manager.streams.names().next());
        return;
      } catch {
        await delay(100);
      }
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  assert(typeof address === "object" && address !== null);
  return address.port;
}
