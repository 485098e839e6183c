import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Redis } from "ioredis";
import { startRedis } from "./redis.fixture.ts";
import { openRedis } from "./redis.ts";

export type Ran = { readonly code: number; readonly out: string; readonly err: string };

/** What the command line needs around it: a real Redis, a server that answers with flags, and a folder. */
export type Surroundings = {
  readonly directory: string;
  readonly redis: Redis;
  /** The flags that the server answers with. */
  flags: unknown[];
  /** Starts the command; `prefix` is that of its Redis keys. */
  readonly start: (prefix: string, args: readonly string[], env?: NodeJS.ProcessEnv) => ChildProcess;
  /** Runs the command to its end. */
  readonly strangler: (prefix: string, ...args: string[]) => Promise<Ran>;
  readonly close: () => Promise<void>;
};

const TOKEN = "a client's token";

export async function surroundings(): Promise<Surroundings> {
  const directory = mkdtempSync(join(tmpdir(), "strangler-cli-"));
  const server = await startRedis();
  const redis = openRedis(server.url);
  await redis.connect();
  const unleash = createServer((request, response) => {
    response.statusCode = request.headers.authorization === TOKEN ? 200 : 401;
    response.end(JSON.stringify({ version: 2, features: here.flags }));
  }).listen(0, "127.0.0.1");
  await once(unleash, "listening");
  const here: Surroundings = {
    directory,
    redis,
    flags: [],
    start: (prefix, args, env = {}) =>
      spawn(process.execPath, [join(import.meta.dirname, "cli.ts"), ...args], {
        env: {
          PATH: process.env["PATH"],
          REDIS_URL: server.url,
          KEY_PREFIX: prefix,
          UNLEASH_URL: `http://127.0.0.1:${(unleash.address() as AddressInfo).port}`,
          UNLEASH_CLIENT_TOKEN: TOKEN,
          ...env,
        },
      }),
    strangler: (prefix, ...args) => endOf(here.start(prefix, args)),
    async close() {
      redis.disconnect();
      unleash.close();
      unleash.closeAllConnections();
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return here;
}

export async function endOf(cli: ChildProcess): Promise<Ran> {
  const said = { out: "", err: "" };
  cli.stdout?.on("data", (text) => (said.out += text));
  cli.stderr?.on("data", (text) => (said.err += text));
  const [code] = (await once(cli, "close")) as [number];
  return { code, ...said };
}
