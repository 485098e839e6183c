import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { envelopeOf } from "../envelope.ts";
import { Nats } from "../nats.fixture.ts";
import { Broker } from "./broker.ts";
import { followDomain } from "./follow.ts";
import { putStream } from "./streams.ts";

let nats: Nats;
let broker: Broker;

before(async () => {
  nats = await Nats.start();
  broker = Broker.open({
    urls: nats.url,
    name: "follow",
    streams: { replicas: 1, duplicateWindowMs: 1000 },
  });
  await broker.ready();
});
after(async () => {
  await broker.close();
  await nats.stop();
});

let domains = 0;
async function domain() {
  domains += 1;
  const name = `f${domains}`;
  await putStream(broker, { domain: name, maxAgeMs: 3_600_000, maxBytes: 0 });
  const publish = async (id: string) => {
    const event = { specversion: "1.0", id, source: "/follow", type: `oms.${name}.done` } as const;
    // A publish that finds NATS away is made again: it is known by its name.
    while (
      !(await broker.publish(envelopeOf("test", event)).then(
        () => true,
        () => false,
      ))
    )
      await delay(50);
  };
  return { name, publish };
}

function look(name: string, afterSequence?: number) {
  const said: string[] = [];
  const looking = followDomain(
    { broker, env: "test", domain: name, ...(afterSequence !== undefined && { afterSequence }) },
    {
      event: ({ event, sequence }) => said.push(`${event.id}@${sequence}`),
      stands: (is) => said.push(is ? "stands" : "lost"),
      gap: () => said.push("gap"),
    },
  );
  return {
    ...looking,
    said,
    until: async (last: string) => {
      while (!said.includes(last)) await delay(10);
    },
  };
}

test("it shows what comes from now on, or from behind a sequence, in order and of its environment alone", async () => {
  const { name, publish } = await domain();
  await publish("1");
  await publish("2");
  const [now, behind] = [look(name), look(name, 1)];
  await Promise.all([now.bound, behind.bound]);
  await broker.publish(
    envelopeOf("prod", { specversion: "1.0", id: "p", source: "/follow", type: `oms.${name}.done` }),
  );
  for (const id of ["3", "4", "5"]) await publish(id);
  await Promise.all([now.until("5@6"), behind.until("5@6")]);
  await Promise.all([now.stop(), behind.stop()]);
  assert.deepEqual(now.said, ["stands", "3@4", "4@5", "5@6", "lost"]);
  assert.deepEqual(behind.said, ["stands", "2@2", "3@4", "4@5", "5@6", "lost"]);
});

test("after a loss of NATS nothing is missed and nothing comes twice", async () => {
  const { name, publish } = await domain();
  const looking = look(name);
  await looking.bound;
  await publish("1");
  await looking.until("1@1");
  await nats.kill();
  await looking.until("lost");
  await nats.resume();
  await publish("2");
  await looking.until("2@2");
  await looking.stop();
  assert.deepEqual(looking.said, ["stands", "1@1", "lost", "stands", "2@2", "lost"]);
});

test("a gap that cannot be closed is said, and it goes on with what is there", async () => {
  const { name, publish } = await domain();
  for (const id of ["1", "2", "3"]) await publish(id);
  await nats.manage(({ streams }) => streams.purge(name.toUpperCase(), { seq: 3 }));
  const looking = look(name, 1);
  await looking.until("3@3");
  await nats.manage(({ streams }) => streams.delete(name.toUpperCase()));
  await putStream(broker, { domain: name, maxAgeMs: 3_600_000, maxBytes: 0 });
  await publish("anew");
  await looking.until("anew@1");
  await looking.stop();
  assert.deepEqual(looking.said, ["gap", "stands", "3@3", "lost", "gap", "stands", "anew@1", "lost"]);
});
