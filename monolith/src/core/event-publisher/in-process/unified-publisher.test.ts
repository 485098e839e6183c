import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { createLogger } from "@oms/chassis/log.ts";
import { startTestKernel, type TestKernel } from "@oms/data-kernel/kernel.fixture.ts";
import type { Event } from "@oms/events/event.ts";
import { Nats } from "@oms/events/nats.fixture.ts";
import { EventSchemas } from "@oms/events/schemas.ts";
import { UnifiedPublisher } from "./unified-publisher.ts";

let there: TestKernel;
let nats: Nats;
let publisher: UnifiedPublisher;
let acknowledged: string[] = [];

before(async () => {
  there = await startTestKernel();
  nats = await Nats.start();
  publisher = new UnifiedPublisher({
    kernel: there.kernel,
    env: "dev",
    natsUrl: nats.url,
    streams: { replicas: 1, duplicateWindowMs: 120_000 },
    log: createLogger("oms", "silent"),
    acknowledged: (outcome) => acknowledged.push(outcome),
  });
});
after(async () => {
  await publisher.close();
  await nats.stop();
  await there.stop();
});

let made = 0;
const event = (more: Partial<Event> = {}): Event => ({
  specversion: "1.0",
  id: `e-${++made}`,
  source: "/tests",
  type: "oms.ontology.released",
  ...more,
});
const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => "answered",
    (error: unknown) => (error instanceof ServiceError ? error.code : String(error)),
  );
async function untilAnswered(call: () => Promise<unknown>): Promise<void> {
  for (;;) {
    const code = await codeOf(call());
    if (code === "answered") return;
    assert.equal(code, "UNAVAILABLE");
    await wait(20);
  }
}

it("it connects when it is asked to, and says so", async () => {
  assert.equal(await codeOf(publisher.connect()), "answered");
});

it("what it publishes JetStream has", async () => {
  const { outcome, stream, sequence, duplicate } = await publisher.publish(event());
  assert.deepEqual([outcome, stream, sequence, duplicate], ["stored", "ONTOLOGY", 1, false]);
  assert.deepEqual(acknowledged, ["stored"]);
});

it("while NATS is away it says so, and goes on by itself when it is back", async () => {
  await nats.kill();
  assert.equal(await codeOf(publisher.publish(event())), "UNAVAILABLE");
  assert.equal(await codeOf(publisher.connect()), "UNAVAILABLE");
  assert.deepEqual(acknowledged, ["stored", "unavailable"]);
  await nats.resume();
  acknowledged = [];
  const one = event();
  await untilAnswered(() => publisher.publish(one));
  assert.equal(await codeOf(publisher.connect()), "answered");
  assert.equal(acknowledged.at(-1), "stored");
});

it("an event whose data is not what its type's schema says is refused by name", async () => {
  const { kernel } = there;
  const schemas = new EventSchemas({ kernel, env: "dev", log: createLogger("oms", "silent") });
  const schema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };
  await schemas.put("oms.ontology.counted", schema);
  await schemas.close();
  const refused = event({ type: "oms.ontology.counted", data: { n: "one" } });
  const refusal = () =>
    publisher.publish(refused).then(
      () => wait(20),
      (error: unknown) => error,
    );
  // It looks for schemas every second.
  let error: unknown;
  while (error === undefined) error = await refusal();
  assert.ok(error instanceof ServiceError);
  assert.deepEqual([error.code, error.violations[0]?.field], ["INVALID_ARGUMENT", "data/n"]);
  const taken = event({ type: "oms.ontology.counted", data: { n: 1 } });
  assert.equal((await publisher.publish(taken)).outcome, "stored");
});
