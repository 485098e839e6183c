import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { ConfigError, loadConfig } from "@oms/chassis/config.ts";
import { apiConfig } from "./config.ts";
import { openRedis } from "./redis.ts";

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Once it has said `ready`. */
async function redisServer(args: readonly string[], ready: string): Promise<ChildProcess> {
  const server = spawn("redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: server.stdout })) {
    if (!line.includes(ready)) continue;
    server.stdout.resume();
    return server;
  }
  return assert.fail(`redis-server ${args.join(" ")} ended before it was ready`);
}

test("behind sentinels the master is found by its name, with its password", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sentinel-"));
  const [port, sentinelPort] = [await freePort(), await freePort()];
  const password = "of-the-master";
  const options = ["--port", `${port}`, "--save", "", "--dir", folder, "--requirepass", password];
  const master = await redisServer(options, "Ready to accept");
  const file = join(folder, "sentinel.conf");
  const monitor = `sentinel monitor jobs 127.0.0.1 ${port} 1\nsentinel auth-pass jobs ${password}`;
  await writeFile(file, `port ${sentinelPort}\ndir ${folder}\n${monitor}\n`);
  const sentinel = await redisServer([file, "--sentinel"], "+monitor master");
  const config = loadConfig(apiConfig, {
    REDIS_SENTINELS: `127.0.0.1:1,127.0.0.1:${sentinelPort}`,
    REDIS_MASTER: "jobs",
    REDIS_PASSWORD: password,
  });
  const redis = openRedis(config, "waiting");
  await redis.set("a", "1");
  assert.equal(await redis.get("a"), "1");
  redis.disconnect();
  for (const server of [sentinel, master]) {
    server.kill("SIGKILL");
    await once(server, "exit");
  }
  await rm(folder, { recursive: true });
});

test("one way to Redis is asked for, and not two", () => {
  for (const env of [{}, { REDIS_URL: "redis://a", REDIS_SENTINELS: "b:1" }]) {
    assert.throws(
      () => loadConfig(apiConfig, env),
      (error) => error instanceof ConfigError && /REDIS_URL: .*REDIS_SENTINELS/.test(error.message),
    );
  }
});
