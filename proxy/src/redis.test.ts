import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Redis } from "ioredis";
import { Batch } from "./ledger/batch.ts";
import type { Entry } from "./ledger/entry.ts";
import { RETENTION_S } from "./ledger/keys.ts";
import { Ledger } from "./ledger/ledger.ts";
import { readLedger } from "./ledger/reader.ts";
import { createWriter } from "./ledger/writer.ts";
import { type OwnRedis, startRedis } from "./redis.fixture.ts";
import { openRedis } from "./redis.ts";
import { ceilingChannel, ceilingKey } from "./stage/ceiling.ts";
import { Ceilings } from "./stage/ceilings.ts";

const BUILDS = { inProcess: "oms 1.0/a", extracted: "embedding:2" };
const BOOK = { capability: "embedding", builds: BUILDS };
const CALL: Entry = {
  method: "embed",
  stage: "shadow",
  authority: { side: "in-process", durationMs: 3, outcome: { kind: "value", value: 1 } },
  watched: { side: "extracted", durationMs: 5, outcome: { kind: "value", value: 1 } },
  result: { outcome: "match" },
};
const SAMPLE = { at: 1, method: "embed", stage: "shadow", because: "x", args: [], authority: 1, watched: 2 };
const CEILING = { stage: "shadow", generation: 3, reason: "slow", by: "alice@oms" } as const;

/** Errors on the way there are no reason to stop waiting. */
function heard(redis: Redis, event: "ready" | "close"): Promise<void> {
  return new Promise((resolve) => redis.once(event, () => resolve()));
}

describe("with a real Redis", () => {
  let server: OwnRedis;
  let redis: Redis;
  before(async () => {
    server = await startRedis();
    redis = openRedis(server.url);
    await redis.connect();
  });
  after(async () => {
    redis.disconnect();
    await server.stop();
  });

  async function matches(prefix: string): Promise<number | undefined> {
    const view = await readLedger(redis, prefix, "embedding");
    return view.pairs[0]?.methods[0]?.tally.compared.match;
  }

  test("what several instances count adds up under their pair of builds", async () => {
    const [a, b] = [new Ledger(), new Ledger()];
    for (let i = 0; i < 3; i++) a.record(BOOK, CALL);
    b.record(BOOK, CALL);
    b.record({ ...BOOK, builds: { ...BUILDS, extracted: "embedding:3" } }, CALL);
    await a.flush(createWriter(redis, "several:"));
    await b.flush(createWriter(redis, "several:"));
    const { pairs } = await readLedger(redis, "several:", "embedding");
    const found = pairs.map((pair) => [pair.builds, pair.methods[0]?.tally.compared.match]);
    assert.deepEqual(
      found.sort(([, x], [, y]) => Number(y) - Number(x)),
      [
        [BUILDS, 4],
        [{ ...BUILDS, extracted: "embedding:3" }, 1],
      ],
    );
  });

  test("a batch sent again after a lost reply is not counted again", async () => {
    const write = createWriter(redis, "again:");
    const batch = new Batch(1);
    batch.count(BOOK, [["compared|embed|shadow|match", 5]]);
    batch.sample(BOOK, { ...SAMPLE, seed: 1 });
    await write(batch);
    await write(batch);
    assert.equal(await matches("again:"), 5);
    assert.equal((await readLedger(redis, "again:", "embedding")).pairs[0]?.samples.length, 1);
    const next = new Batch(2);
    next.count(BOOK, [["compared|embed|shadow|match", 1]]);
    await write(next);
    assert.equal(await matches("again:"), 6);
  });

  test("samples are kept newest first, and no more than a hundred", async () => {
    const write = createWriter(redis, "samples:");
    for (let id = 1; id <= 3; id++) {
      const batch = new Batch(id);
      for (let i = 0; i < 60; i++) batch.sample(BOOK, { ...SAMPLE, seed: 60 * id + i });
      await write(batch);
    }
    const { samples = [] } = (await readLedger(redis, "samples:", "embedding")).pairs[0] ?? {};
    assert.equal(samples.length, 100);
    assert.equal(samples[0]?.seed, 239);
    assert.equal(samples.at(-1)?.seed, 140);
  });

  test("every key of the ledger goes away by itself", async () => {
    const ledger = new Ledger();
    ledger.record(BOOK, CALL);
    ledger.sample(BOOK, { ...SAMPLE, seed: 1 });
    await ledger.flush(createWriter(redis, "kept:"));
    const keys = await redis.keys("kept:*");
    assert.equal(keys.length, 4);
    for (const key of keys) {
      const seconds = await redis.ttl(key);
      assert.ok(seconds > RETENTION_S - 60 && seconds <= RETENTION_S, `${key}: ${seconds} s`);
    }
  });

  test("a capability that was never counted has an empty ledger", async () => {
    assert.deepEqual(await readLedger(redis, "none:", "embedding"), { capability: "embedding", pairs: [] });
  });

  test("a ceiling is known after the start, and its change as soon as it is told", async (t) => {
    // Without the regular reading, so that it is the message that brings the change.
    t.mock.timers.enable({ apis: ["setInterval"] });
    await redis.set(ceilingKey("told:", "embedding"), JSON.stringify(CEILING));
    const changes: (() => void)[] = [];
    const ceilings = new Ceilings({
      redis,
      keyPrefix: "told:",
      capabilities: () => ["embedding", "events"],
      log: { info: () => {}, warn: () => {} },
      changed: () => changes.shift()?.(),
    });
    await ceilings.start();
    assert.deepEqual(ceilings.ceiling("embedding"), CEILING);
    assert.equal(ceilings.ceiling("events"), undefined);

    const told = new Promise<void>((resolve) => changes.push(resolve));
    await redis.set(ceilingKey("told:", "embedding"), "not a ceiling");
    while ((await redis.publish(ceilingChannel("told:"), "embedding")) === 0);
    await told;
    assert.equal(ceilings.ceiling("embedding")?.stage, "in-process");
    ceilings.stop();
  });
});

test("while Redis is away the last ceilings hold, nothing waits, and what was counted arrives later", async (t) => {
  const server = await startRedis();
  const redis = openRedis(server.url);
  await redis.connect();
  await redis.set(ceilingKey("", "embedding"), JSON.stringify(CEILING));
  const ceilings = new Ceilings({
    redis,
    keyPrefix: "",
    capabilities: () => ["embedding"],
    log: { info: () => {}, warn: () => {} },
    changed: () => {},
  });
  t.after(async () => {
    ceilings.stop();
    redis.disconnect();
    await server.stop();
  });
  await ceilings.start();
  const closed = heard(redis, "close");
  await server.kill();
  await closed;
  await ceilings.read();
  assert.deepEqual(ceilings.ceiling("embedding"), CEILING);
  assert.equal(ceilings.fresh, false);

  const ledger = new Ledger();
  const write = createWriter(redis, "");
  ledger.record(BOOK, CALL);
  await assert.rejects(ledger.flush(write));
  ledger.record(BOOK, CALL);
  const ready = heard(redis, "ready");
  await server.restart();
  await ready;
  while (ledger.pending) await ledger.flush(write);
  const view = await readLedger(redis, "", "embedding");
  assert.equal(view.pairs[0]?.methods[0]?.tally.compared.match, 2);
});

test("a Redis that hangs makes a command fail instead of wait", async (t) => {
  const server = await startRedis();
  const redis = openRedis(server.url);
  t.after(async () => {
    redis.disconnect();
    await server.stop();
  });
  await redis.connect();
  server.stall();
  await assert.rejects(redis.get("x"), { message: "Command timed out" });
});
