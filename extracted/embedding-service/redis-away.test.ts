import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { scheduler } from "node:timers/promises";
import { startKernelProcess } from "./process.fixture.ts";
import { type OwnRedis, startRedis } from "./redis.fixture.ts";
import { as, startService } from "./service.fixture.ts";

type Service = Awaited<ReturnType<typeof startService>>;

const stops: (() => Promise<void>)[] = [];
let redis: OwnRedis;
let kernel: string;
before(async () => {
  redis = await startRedis();
  const process = await startKernelProcess();
  stops.push(redis.stop, process.stop);
  kernel = process.address;
});
after(async () => {
  for (const stop of stops.reverse()) await stop();
});

async function start(build: string): Promise<Service> {
  const service = await startService(kernel, { REDIS_URL: redis.url, OMS_BUILD: build });
  stops.push(service.stop);
  return service;
}

async function embed({ client, modelVersion }: Service, text: string): Promise<number[]> {
  const { embedding } = await client.embed({ text, modelVersion });
  return embedding?.vector ?? [];
}

async function metric({ url }: Service, name: string): Promise<number> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split("\n");
  const line = lines.find((each) => each.startsWith(name));
  return Number(line?.split(" ").at(-1) ?? 0);
}
const redisHits = (service: Service) => metric(service, 'embedding_cache_hits_total{cache="redis"');

/** Embeds new texts in one service, each then in the other, until one was shared; the test runner's timeout bounds it. */
async function untilShared(from: Service, to: Service): Promise<void> {
  const before = await redisHits(to);
  for (let number = 0; (await redisHits(to)) === before; number++) {
    const text = `shared ${before} ${number}`;
    const ours = await embed(from, text);
    assert.deepEqual(await embed(to, text), ours);
    await scheduler.wait(5);
  }
}

test("instances of one build share vectors; of another build they do not", async () => {
  const [one, other, next] = [await start("b1"), await start("b1"), await start("b2")];
  await untilShared(one, other);
  await embed(next, "shared 0 0");
  assert.equal(await redisHits(next), 0);
  assert.equal(await metric(next, 'embedding_cache_misses_total{cache="redis"'), 1);
});

test("a shadow call asks neither this process nor Redis", async () => {
  const service = await start("b3");
  await as({ shadow: true }, () => embed(service, "unseen"));
  for (const cache of ["memory", "redis"]) {
    assert.equal(await metric(service, `embedding_cache_misses_total{cache="${cache}"`), 0);
  }
  await embed(service, "unseen");
  assert.equal(await metric(service, "embedding_texts_total"), 2);
});

test("Redis dies and returns under calls: every call is answered, the service stays ready, vectors are shared again", async () => {
  const [one, other] = [await start("b4"), await start("b4")];
  await untilShared(one, other);
  const expected = await embed(one, "the text of this test");

  await redis.kill();
  for (let number = 0; number < 10; number++) {
    assert.equal((await embed(one, `while it is away ${number}`)).length, 512);
    assert.deepEqual(await embed(one, "the text of this test"), expected);
  }
  const ready = await fetch(`${one.url}/ready`);
  assert.deepEqual(
    [ready.status, await ready.json()],
    [200, { status: "ready", checks: { kernel: "ok", index: "ok" } }],
  );
  assert.ok((await metric(one, 'embedding_cache_errors_total{cache="redis"')) >= 10);

  await redis.restart();
  await untilShared(one, other);
});
