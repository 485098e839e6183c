import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { freePorts } from "../process/ports.ts";
import type { Spec } from "../process/spec.ts";
import type { Handle, StoryContext } from "./story.ts";

const HOST = "127.0.0.1";
const MASTER = "story-master";
const SERVERS = 3;
const SENTINELS = 3;
const QUORUM = 2;
/** Silence after which the sentinels call a server down. */
const DOWN_MS = 1000;

/** One Redis with two replicas, watched by three sentinels. */
export class Sentinels {
  /** What a client needs to find it. */
  readonly env: Readonly<Record<string, string>>;
  readonly #until: StoryContext["until"];
  readonly #sentinel: number;
  readonly #servers: ReadonlyMap<number, Handle>;

  private constructor(
    { until }: StoryContext,
    servers: ReadonlyMap<number, Handle>,
    sentinels: readonly number[],
  ) {
    this.env = {
      REDIS_URL: "",
      REDIS_SENTINELS: sentinels.map((port) => `${HOST}:${port}`).join(),
      REDIS_MASTER: MASTER,
    };
    this.#until = until;
    this.#servers = servers;
    this.#sentinel = sentinels[0] ?? 0;
  }

  /** Resolves when each sentinel knows both replicas. */
  static async start(context: StoryContext): Promise<Sentinels> {
    const { system } = context;
    const ports = await freePorts(HOST, SERVERS + SENTINELS);
    const [servers, sentinels] = [ports.slice(0, SERVERS), ports.slice(SERVERS)];
    const first = servers[0] ?? 0;
    const own = (name: string, port: number, args: readonly string[]): Spec => {
      const data = join(system.directory, "data", name);
      mkdirSync(data, { recursive: true });
      return {
        name,
        command: [system.redisServer, ...args, "--bind", HOST, "--port", `${port}`, "--dir", data],
        env: {},
        ports: [{ setting: name, port }],
        data,
        needs: [],
        readiness: { tcp: port, send: "PING\r\n", expect: "+PONG" },
        patience: 60,
      };
    };
    // A master without a replica that has heard of it lately takes no writes: they would be lost with it.
    const safe = [
      "--appendonly",
      "yes",
      "--save",
      "",
      "--min-replicas-to-write",
      "1",
      "--min-replicas-max-lag",
      "2",
    ];
    const handles = await system.startOwn(
      servers.map((port, n) =>
        own(
          `redis-of-sentinels-${n + 1}`,
          port,
          n === 0 ? safe : [...safe, "--replicaof", `${HOST} ${first}`],
        ),
      ),
    );
    await system.startOwn(
      sentinels.map((port, n) => {
        const file = join(system.directory, `sentinel-${n + 1}.conf`);
        writeFileSync(file, configuration(first));
        return own(`sentinel-${n + 1}`, port, [file, "--sentinel"]);
      }),
    );
    const started = new Sentinels(
      context,
      new Map(servers.map((port, n) => [port, handles[n] as Handle])),
      sentinels,
    );
    for (const port of sentinels) await started.#knowsAll(port);
    return started;
  }

  /** The server that is master now, as the first sentinel has it. */
  async master(): Promise<Handle> {
    const server = this.#servers.get(await this.#masterPort());
    if (server) return server;
    throw new Error("the sentinels name a master that is none of the story's");
  }

  /** Resolves when another server is master than `before`. */
  async failedOver(before: Handle): Promise<void> {
    await this.#until(async () => (await this.master()) !== before, "the sentinels have another master");
  }

  async #masterPort(): Promise<number> {
    const [, port] = (await ask(this.#sentinel, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER)) as string[];
    return Number(port);
  }

  async #knowsAll(port: number): Promise<void> {
    await this.#until(async () => {
      const replicas = (await ask(port, "SENTINEL", "REPLICAS", MASTER)) as unknown[];
      const others = (await ask(port, "SENTINEL", "SENTINELS", MASTER)) as unknown[];
      return replicas.length === SERVERS - 1 && others.length === SENTINELS - 1;
    }, "a sentinel knows the others and both replicas");
  }
}

function configuration(master: number): string {
  return [
    `sentinel monitor ${MASTER} ${HOST} ${master} ${QUORUM}`,
    `sentinel down-after-milliseconds ${MASTER} ${DOWN_MS}`,
    `sentinel failover-timeout ${MASTER} 5000`,
    "",
  ].join("\n");
}

async function ask(port: number, command: string, ...args: string[]): Promise<unknown> {
  const redis = new Redis(port, HOST, { maxRetriesPerRequest: 0, retryStrategy: null, lazyConnect: true });
  redis.on("error", () => undefined);
  try {
    await redis.connect();
    return await redis.call(command, ...args);
  } finally {
    redis.disconnect();
  }
}
