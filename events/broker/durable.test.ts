import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Delivery, Settlement } from "../delivery.ts";
import { envelopeOf } from "../envelope.ts";
import { Nats } from "../nats.fixture.ts";
import { type Subscriber, subscriber } from "../subscriber.ts";
import { Broker } from "./broker.ts";
import { DeadLetters } from "./dead-letters.ts";
import { bindDurable, type DurableHandle, type DurableOptions } from "./durable.ts";
import { lagOf } from "./lag.ts";
import { putStream } from "./streams.ts";

let nats: Nats;
let broker: Broker;
const DAY_MS = 24 * 3600 * 1000;
const streams = { replicas: 1, duplicateWindowMs: 1000 };

before(async () => {
  nats = await Nats.start();
  broker = Broker.open({ urls: nats.url, name: "durable", streams });
  await broker.ready();
});
after(async () => {
  await broker.close();
  await nats.stop();
});

let domains = 0;
/** A domain of the test's own, and a way to publish to it. */
async function domain(of = broker) {
  domains += 1;
  const name = `d${domains}`;
  await putStream(of, { domain: name, maxAgeMs: DAY_MS, maxBytes: 0 });
  return {
    name,
    publish: (id: string, type = `oms.${name}.done`) =>
      of.publish(envelopeOf("test", { specversion: "1.0", id, source: "/durable", type })),
  };
}

const named = (more: Partial<Subscriber> & { domain: string }) =>
  subscriber.parse({ name: `s${domains}`, ackWaitMs: 30_000, ...more });

/** Binds, and shows what comes: `until` resolves when so many deliveries were settled. */
function bind(
  options: Partial<DurableOptions> & { subscriber: Subscriber },
  settle: (delivery: Delivery) => Settlement | Promise<Settlement> = () => ({ as: "done" }),
  of = broker,
) {
  const seen: string[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const handle: DurableHandle = async (delivery) => {
    const settlement = await settle(delivery);
    seen.push(delivery.event.id);
    for (const { count, resolve } of waiting) if (seen.length >= count) resolve();
    return settlement;
  };
  const binding = bindDurable({ broker: of, env: "test", ...options }, handle);
  return {
    ...binding,
    seen,
    until: (count: number) =>
      new Promise<void>((resolve) => {
        if (seen.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
  };
}

test("where the stream ends before the sequence that it was to begin at, it is another one, and all of it comes", async () => {
  const { name, publish } = await domain();
  for (const id of ["1", "2"]) await publish(id);
  const of = named({ domain: name });
  const whole = bind({ subscriber: of, durable: `${of.name}_lost`, from: { sequence: 4 } });
  await whole.until(2);
  await whole.stop();
  const next = bind({ subscriber: of, durable: `${of.name}_next`, from: { sequence: 3 } });
  await next.bound;
  await publish("3");
  await next.until(1);
  await next.stop();
  assert.deepEqual([whole.seen, next.seen], [["1", "2"], ["3"]]);
});

test("every event of the domain comes once, and the next binder goes on behind what is done", async () => {
  const { name, publish } = await domain();
  const of = named({ domain: name });
  const ids = Array.from({ length: 100 }, (_, n) => `${n}`);
  for (const id of ids) await publish(id);
  const first = bind({ subscriber: of });
  await first.until(100);
  await first.stop();
  assert.deepEqual(new Set(first.seen), new Set(ids));
  await publish("after");
  const second = bind({ subscriber: of });
  await second.until(1);
  await second.stop();
  assert.deepEqual(second.seen, ["after"]);
  assert.deepEqual(await lagOf(broker, "test", of), { pending: 0, unsettled: 0, redelivered: 0 });
});

test("types that it does not ask for are passed over", async () => {
  const { name, publish } = await domain();
  await publish("other", `oms.${name}.begun`);
  await publish("asked");
  const of = bind({ subscriber: named({ domain: name, types: ["oms.*.done"] }) });
  await of.until(1);
  await of.stop();
  assert.deepEqual(of.seen, ["asked"]);
});

test("no more are under way than its credit, over both who bind it when it is ordered", async () => {
  const { name, publish } = await domain();
  for (let n = 0; n < 40; n++) await publish(`${n}`);
  let [now, most] = [0, 0];
  const settle = async (): Promise<Settlement> => {
    now += 1;
    most = Math.max(most, now);
    await delay(2);
    now -= 1;
    return { as: "done" };
  };
  const of = bind({ subscriber: named({ domain: name }), credit: 3 }, settle);
  await of.until(40);
  await of.stop();
  assert.equal(most, 3);
  most = 0;
  const order: string[] = [];
  const ordered = named({ name: "ordered", domain: name, ordered: true });
  const keep = async ({ event }: Delivery) => {
    order.push(event.id);
    return settle();
  };
  const both = [bind({ subscriber: ordered }, keep), bind({ subscriber: ordered }, keep)];
  while (order.length < 40) await delay(5);
  await Promise.all(both.map((each) => each.stop()));
  assert.equal(most, 1);
  assert.deepEqual(
    order,
    Array.from({ length: 40 }, (_, n) => `${n}`),
  );
});

test("what is under way when it stops is given back at once, and counts as no failure", async () => {
  const { name, publish } = await domain();
  const of = named({ domain: name, maxDeliver: 2 });
  await publish("one");
  const taken = Promise.withResolvers<void>();
  const first = bindDurable({ broker, env: "test", subscriber: of }, async (_delivery, signal) => {
    taken.resolve();
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    return { as: "again", delayMs: 0, reason: "it stops" };
  });
  await taken.promise;
  await first.stop();
  const second = bind({ subscriber: of });
  await second.until(1);
  await second.stop();
  assert.deepEqual(second.seen, ["one"]);
});

test("one that never settles has its event again, until it is a dead letter, and others go on", async () => {
  const { name, publish } = await domain();
  const of = named({ name: "silent", domain: name, maxDeliver: 2, ackWaitMs: 200 });
  await publish("poison");
  await publish("good");
  const seen: string[] = [];
  const binding = bindDurable(
    { broker, env: "test", subscriber: of, keptAliveBy: "handle" },
    async ({ event }) => {
      seen.push(event.id);
      return event.id === "good" ? { as: "done" } : new Promise(() => {});
    },
  );
  const dead = new DeadLetters(broker, "test");
  const letters = async () => (await dead.list({ subscriber: "silent", pageSize: 10 })).deadLetters;
  while ((await letters()).length === 0) await delay(20);
  await binding.stop();
  const [letter] = await letters();
  assert.deepEqual(
    [letter?.attempts, letter?.stream, JSON.parse(letter?.event ?? "").id],
    [2, name.toUpperCase(), "poison"],
  );
  assert.deepEqual(
    seen.toSorted((a, b) => a.localeCompare(b)),
    ["good", "poison", "poison"],
  );
});

test("a dead letter that is replayed comes to its subscriber alone, once, and may die again", async () => {
  const { name, publish } = await domain();
  const bad = named({ name: "bad", domain: name, maxDeliver: 1 });
  const other = named({ name: "other", domain: name, types: ["oms.x.y"] });
  await publish("poison");
  const mended = new AbortController();
  const failing = bind({ subscriber: bad }, () =>
    mended.signal.aborted ? { as: "done" } : { as: "again", delayMs: 0, reason: "not\r\nyet" },
  );
  const bystander = bind({ subscriber: other });
  const dead = new DeadLetters(broker, "test");
  const letters = async () => (await dead.list({ subscriber: "bad", pageSize: 10 })).deadLetters;
  const letter = async () => {
    for (;;) {
      const [found] = await letters();
      if (found) return found;
      await delay(20);
    }
  };
  const first = await letter();
  assert.deepEqual([first.reason, first.attempts], ["not yet", 1]);
  await dead.replay(first.id);
  await dead.replay(first.id);
  const second = await letter();
  assert.deepEqual([second.stream, second.sequence], [first.stream, first.sequence]);
  mended.abort();
  await dead.replay(second.id);
  await failing.until(3);
  await Promise.all([failing.stop(), bystander.stop()]);
  assert.deepEqual([await letters(), failing.seen, bystander.seen], [[], ["poison", "poison", "poison"], []]);
  await assert.rejects(dead.replay(second.id + 1000), { code: "NOT_FOUND" });
});

test("it goes on when NATS was killed, when its consumer was deleted, and when NATS stalled", async (t) => {
  const server = await Nats.start();
  const own = Broker.open({ urls: server.url, name: "durable", streams });
  t.after(async () => {
    await own.close();
    await server.stop();
  });
  const { name, publish } = await domain(own);
  const of = named({ domain: name });
  const binding = bind({ subscriber: of }, undefined, own);
  await binding.bound;
  const published = async (id: string) => {
    while (
      !(await publish(id).then(
        () => true,
        () => false,
      ))
    )
      await delay(50);
  };
  await published("1");
  await binding.until(1);
  await server.kill();
  await server.resume();
  await published("2");
  await binding.until(2);
  await server.manage(({ consumers }) => consumers.delete(name.toUpperCase(), `test-${of.name}`));
  await published("3");
  // A consumer that is made anew begins anew: the first two come once more.
  await binding.until(5);
  await server.stall();
  server.unstall();
  await published("4");
  await binding.until(6);
  await binding.stop();
  assert.deepEqual(binding.seen.slice(0, 2), ["1", "2"]);
  assert.deepEqual(new Set(binding.seen.slice(2)), new Set(["1", "2", "3", "4"]));
});

test("who binds late makes no consumer for a subscriber that was deleted, before or while it would be made", {
  timeout: 30_000,
}, async (t) => {
  const { name, publish } = await domain();
  const of = named({ domain: name });
  const consumers = () =>
    nats.manage(async (manager) => {
      const names: string[] = [];
      for await (const info of manager.consumers.list(name.toUpperCase())) names.push(info.name);
      return names;
    });
  let answer: (asked: number) => boolean = () => true;
  let asked = 0;
  const binding = bind({ subscriber: of, isRegistered: async () => answer(++asked) });
  t.after(() => binding.stop());
  await publish("1");
  await binding.until(1);
  for (const registered of [() => false, (n: number) => n === 1]) {
    [answer, asked] = [registered, 0];
    await nats.manage((manager) => manager.consumers.delete(name.toUpperCase(), `test-${of.name}`));
    while (asked < 4) await delay(10);
    assert.deepEqual(await consumers(), []);
    // Registered again, it begins anew.
    answer = () => true;
    await binding.until(binding.seen.length + 1);
  }
  assert.deepEqual(binding.seen, ["1", "1", "1"]);
});
