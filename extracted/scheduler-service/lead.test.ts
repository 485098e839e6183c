import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createLogger } from "@oms/chassis/log.ts";
import type { Redis } from "ioredis";
import { Lead } from "./lead.ts";
import { Leader } from "./leader.ts";
import { type OwnRedis, settingsOf, startRedis } from "./redis.fixture.ts";
import { openRedis } from "./redis.ts";

const logger = createLogger("lead", "silent");
let server: OwnRedis;
let redis: Redis;
before(async () => {
  server = await startRedis();
  redis = openRedis(settingsOf(server), "asking", logger);
  if (redis.status !== "ready") await new Promise((resolve) => redis.once("ready", resolve));
});
after(async () => {
  redis.disconnect();
  await server.stop();
});

/** Somebody who tries to lead, with what was done so far and a way to wait for the next. */
function candidate(key: string, ttlMs: number) {
  const done: string[] = [];
  let heard = () => {};
  const note = (what: string) => {
    done.push(what);
    heard();
  };
  const duty = { start: () => note("start"), stop: () => note("stop") };
  const leader = new Leader({ redis, key, ttlMs });
  const lead = new Lead({ leader, duties: [duty], everyMs: 20, logger });
  return {
    lead,
    done,
    async until(what: string) {
      while (done.at(-1) !== what) await new Promise<void>((resolve) => (heard = resolve));
    },
  };
}

test("of two one does the duties; told to stop, it ends them first and the other one begins at once", async () => {
  const [one, other] = [candidate("a", 3_600_000), candidate("a", 3_600_000)];
  one.lead.start();
  await one.until("start");
  other.lead.start();
  await one.lead.stop();
  assert.deepEqual([one.done, one.lead.onDuty], [["start", "stop"], false]);
  await other.until("start");
  assert.deepEqual(other.done, ["start"]);
  await other.lead.stop();
});

test("with Redis away the duties end when the lease has run out, and begin again when it is back", async () => {
  const one = candidate("b", 300);
  one.lead.start();
  await one.until("start");
  await server.kill();
  await one.until("stop");
  await server.restart();
  await one.until("start");
  await one.lead.stop();
  // On a machine that stands still for longer than the lease they end, and begin, more often.
  assert.deepEqual(one.done.slice(-2), ["start", "stop"]);
});
