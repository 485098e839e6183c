import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createLogger } from "@oms/chassis/log.ts";
import { Leader } from "./leader.ts";
import { type OwnRedis, settingsOf, startRedis } from "./redis.fixture.ts";
import { openRedis } from "./redis.ts";

let server: OwnRedis;
before(async () => {
  server = await startRedis();
});
after(() => server.stop());

/** A clock that only the test moves. */
function clock() {
  let now = 0;
  return { monotonicMs: () => now, pass: (ms: number) => (now += ms) };
}

async function connect() {
  const redis = openRedis(settingsOf(server), "asking", createLogger("test", "silent"));
  if (redis.status !== "ready") await new Promise((resolve) => redis.once("ready", resolve));
  return redis;
}

test("one instance leads; when it lets go another one does", async () => {
  const redis = await connect();
  const [one, other] = [1, 2].map(() => new Leader({ redis, key: "a", ttlMs: 60_000 }));
  assert.ok(one && other);
  assert.deepEqual([await one.hold(), await other.hold(), await one.hold()], [true, false, true]);
  await other.release();
  assert.deepEqual([await other.hold(), one.isHeld], [false, true]);
  await one.release();
  assert.deepEqual([one.isHeld, await other.hold()], [false, true]);
  redis.disconnect();
});

test("a leader that could not renew knows by its own clock that it is none", async () => {
  const redis = await connect();
  const { monotonicMs, pass } = clock();
  const leader = new Leader({ redis, key: "b", ttlMs: 60_000, monotonicMs });
  await leader.hold();
  pass(59_999);
  assert.equal(leader.isHeld, true);
  pass(1);
  assert.equal(leader.isHeld, false);
  assert.equal(await leader.hold(), true);
  redis.disconnect();
});

test("while Redis is away holding rejects at once, and what is held runs out; after a flush it is taken again", async () => {
  const redis = await connect();
  const leader = new Leader({ redis, key: "c", ttlMs: 60_000 });
  await leader.hold();
  await redis.flushall();
  assert.equal(await leader.hold(), true);
  await server.kill();
  await assert.rejects(leader.hold());
  assert.equal(leader.isHeld, true);
  await leader.release();
  assert.equal(leader.isHeld, false);
  redis.disconnect();
  await server.restart();
});
