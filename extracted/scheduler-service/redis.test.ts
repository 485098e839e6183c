import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { ConfigError, loadConfig } from "@oms/chassis/config.ts";
import { createLogger } from "@oms/chassis/log.ts";
import type { Redis } from "ioredis";
import { apiConfig } from "./config.ts";
import { startRedis } from "./redis.fixture.ts";
import { openRedis } from "./redis.ts";
import { startDoor, startSentinel } from "./sentinel.fixture.ts";

const PASSWORD = "of-the-master";
const SILENT = createLogger("test", "silent");
/** An answer of a sentinel that is only slow, as the client has it. */
const LATE_MS = 1500;

function behind(...sentinels: number[]) {
  return loadConfig(apiConfig, {
    REDIS_SENTINELS: sentinels.map((port) => `127.0.0.1:${port}`).join(),
    REDIS_MASTER: "jobs",
    REDIS_PASSWORD: PASSWORD,
  });
}

/** One of those who ask, and one of those who wait. */
function openBoth(t: TestContext, sentinel: number): Redis[] {
  const both = (["asking", "waiting"] as const).map((use) => openRedis(behind(sentinel), use, SILENT));
  t.after(() => both.map((redis) => redis.disconnect()));
  return both;
}

/** Resolves when it does what it is asked, and rejects when it never will. */
async function answers(redis: Redis): Promise<void> {
  while (
    !(await redis.set("a", "1").then(
      () => true,
      () => false,
    ))
  ) {
    assert.notEqual(redis.status, "end");
    await delay(20);
  }
}

test("behind sentinels the master is found by its name, with its password", async (t) => {
  const { sentinel } = await startSentinel(t, PASSWORD);
  const redis = openRedis(behind(1, sentinel.port), "waiting", SILENT);
  t.after(() => redis.disconnect());
  await redis.set("a", "1");
  assert.equal(await redis.get("a"), "1");
});

test("a failover that is told of while a sentinel is being asked ends no connection", async (t) => {
  const { master, sentinel } = await startSentinel(t, PASSWORD);
  const door = await startDoor(t, sentinel.port);
  const both = openBoth(t, door.port);
  await Promise.all(both.map(answers));
  const told = sentinel.says("+switch-master");
  door.late = LATE_MS;
  master.child.kill("SIGKILL");
  await told;
  door.late = 0;
  await Promise.all(both.map(answers));
});

test("a master that is stopped is left for the one that takes its place", async (t) => {
  const { master, sentinel } = await startSentinel(t, PASSWORD);
  const both = openBoth(t, sentinel.port);
  await Promise.all(both.map(answers));
  master.child.kill("SIGSTOP");
  await sentinel.says("+switch-master");
  await Promise.all(both.map(answers));
});

test("an outage is in the log once, and so is its end", async (t) => {
  const lines: string[] = [];
  const log = createLogger("test", "info", { write: (line) => lines.push(JSON.parse(line).msg) });
  const server = await startRedis();
  t.after(() => server.stop());
  const settings = loadConfig(apiConfig, { REDIS_URL: server.url });
  const redis = openRedis(settings, "asking", log);
  t.after(() => redis.disconnect());
  await answers(redis);
  let refused = 0;
  redis.on("error", () => {
    refused += 1;
  });
  await server.kill();
  while (refused < 3) await delay(20);
  await server.restart();
  await answers(redis);
  assert.deepEqual(lines, ["Redis is away; it is tried again and again", "Redis is back"]);
});

test("one way to Redis is asked for, and not two", () => {
  for (const env of [{}, { REDIS_URL: "redis://a", REDIS_SENTINELS: "b:1" }]) {
    assert.throws(
      () => loadConfig(apiConfig, env),
      (error) => error instanceof ConfigError && /REDIS_URL: .*REDIS_SENTINELS/.test(error.message),
    );
  }
});
