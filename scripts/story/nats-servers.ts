import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { freePorts } from "../process/ports.ts";
import type { Spec } from "../process/spec.ts";
import type { Handle, StoryContext } from "./story.ts";

const HOST = "127.0.0.1";
const SERVERS = 3;
const PATIENCE_MS = 5000;

/** Three NATS servers that are one cluster, each stream on all of them. */
export class NatsServers {
  /** As NATS_URL has them. */
  readonly url: string;
  /** What those who use it need. */
  readonly env: Readonly<Record<string, string>>;
  readonly #until: StoryContext["until"];
  readonly #servers: ReadonlyMap<string, Handle>;
  readonly #hosts: readonly string[];

  private constructor({ until }: StoryContext, handles: readonly Handle[], ports: readonly number[]) {
    this.#until = until;
    this.#hosts = ports.map((port) => `${HOST}:${port}`);
    this.#servers = new Map(handles.map((handle) => [handle.name, handle]));
    this.url = this.#hosts.map((host) => `nats://${host}`).join();
    this.env = { NATS_URL: this.url, EVENT_STREAM_REPLICAS: `${SERVERS}` };
  }

  /** Resolves when the servers have a leader among them. */
  static async start(context: StoryContext): Promise<NatsServers> {
    const { system } = context;
    const ports = await freePorts(HOST, 2 * SERVERS);
    const [clients, routes] = [ports.slice(0, SERVERS), ports.slice(SERVERS)];
    const handles = await system.startOwn(
      clients.map((port, n): Spec => {
        const name = `nats-${n + 1}`;
        const data = join(system.directory, "data", name);
        mkdirSync(data, { recursive: true });
        const listen = ["--addr", HOST, "--port", `${port}`, "--jetstream", "--store_dir", data];
        const cluster = ["--cluster_name", "story", "--cluster", `nats://${HOST}:${routes[n]}`];
        const others = routes.map((route) => `nats://${HOST}:${route}`).join();
        return {
          name,
          command: [system.natsServer, "--server_name", name, ...listen, ...cluster, "--routes", others],
          env: {},
          ports: [{ setting: name, port }],
          data,
          needs: [],
          readiness: { tcp: port, send: "", expect: "INFO " },
          patience: 60,
        };
      }),
    );
    const servers = new NatsServers(context, handles, clients);
    await servers.#manage((manager) => manager.getAccountInfo(), "the cluster has a leader");
    return servers;
  }

  /** The server that leads a stream. */
  async leaderOf(stream: string): Promise<Handle> {
    return this.#manage(async ({ streams }) => {
      const { cluster } = await streams.info(stream);
      return this.#servers.get(cluster?.leader ?? "");
    }, `${stream} has a leader`);
  }

  /** Resolves when every server has all of a stream. */
  async inStep(stream: string): Promise<void> {
    await this.#manage(async ({ streams }) => {
      const { cluster } = await streams.info(stream);
      const others = cluster?.replicas ?? [];
      return others.length === SERVERS - 1 && others.every(({ current, offline }) => current && !offline);
    }, `every server has all of ${stream}`);
  }

  /** Asks until there is an answer. */
  #manage<T>(ask: (manager: Manager) => Promise<T>, what: string) {
    return this.#until(async () => {
      const connection = await connect({ servers: [...this.#hosts], reconnect: false, timeout: PATIENCE_MS });
      try {
        return await ask(await jetstreamManager(connection));
      } finally {
        await connection.close();
      }
    }, what);
  }
}

type Manager = Awaited<ReturnType<typeof jetstreamManager>>;
