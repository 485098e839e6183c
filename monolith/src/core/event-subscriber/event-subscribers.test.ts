import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { RememberedTypes } from "../../ontology/remembered-types.ts";
import { until } from "../../testing/until.ts";
import { Surroundings } from "./surroundings.fixture.ts";

let here: Surroundings;

before(async () => {
  here = await Surroundings.start();
});
after(() => here?.stop());

/** Whose order does not matter; what is there twice stays so. */
const sorted = (identities: readonly string[]) => identities.toSorted((a, b) => a.localeCompare(b));

test("a subscriber has its events from the side that its document names", async () => {
  const oms = here.instance();
  const published: string[] = [];
  for (const side of ["in-process", "extracted", "in-process"] as const) {
    await until(async () => (await oms.side("audit-ontology")) !== undefined);
    await here.move("audit-ontology", side);
    await until(async () => (await oms.side("audit-ontology")) === side);
    published.push(await here.publish({ id: `from ${side} ${published.length}`.replaceAll(" ", "-") }));
    await until(async () => (await here.audited()).length >= published.length);
    assert.deepEqual(await here.audited(), published);
  }
  await oms.stop();
});

test("each effect is had once while events flow, subscribers change sides and both sides are bound", async () => {
  const [first, second] = [here.instance(), here.instance()];
  const before = await here.audited();
  const published: string[] = [];
  for (const side of ["extracted", "in-process", "extracted", "in-process"] as const) {
    await here.move("audit-ontology", side);
    while ((await first.side("audit-ontology")) !== side || (await second.side("audit-ontology")) !== side)
      published.push(await here.publish({ id: `flow-${published.length}` }));
  }
  await until(async () => (await here.audited()).length >= before.length + published.length);
  await Promise.all([first.stop(), second.stop()]);
  const audited = (await here.audited()).slice(before.length);
  assert.ok(published.length > 10, `${published.length} events flowed`);
  assert.deepEqual(sorted(audited), sorted(published));
});

test("what was published before NATS was killed and after it is back is audited once", async () => {
  const oms = here.instance();
  const before = await here.audited();
  await until(async () => (await oms.side("audit-ontology")) !== undefined);
  const published = [await here.publish({ id: "before-the-kill" })];
  await here.nats.kill();
  await here.nats.resume();
  published.push(await here.publishUntilTaken({ id: "after-the-kill" }));
  await until(async () => (await here.audited()).length >= before.length + published.length);
  await oms.stop();
  assert.deepEqual(sorted((await here.audited()).slice(before.length)), sorted(published));
});

for (const side of ["in-process", "extracted"] as const)
  test(`${side}: what fails comes again, is a dead letter in the end, and once it is replayed is done`, async () => {
    let fails = true;
    const tried: string[] = [];
    const oms = here.instance({
      async index({ id }) {
        tried.push(id);
        if (fails) throw new Error("the index is broken");
      },
    });
    await until(async () => (await oms.side("search")) !== undefined);
    await here.change("search", { maxDeliver: 2, ackWaitMs: 5000, side });
    await until(async () => (await oms.side("search")) === side);
    await here.putObject(`broken-${side}`);
    const dead = await here.deadLetterOf("search");
    assert.deepEqual([dead.attempts, dead.reason], [2, "the index is broken"]);
    assert.deepEqual(tried, [`broken-${side}`, `broken-${side}`]);
    fails = false;
    await here.deadLetters.replay(dead.id);
    await until(() => tried.length === 3);
    await oms.stop();
  });

test("every instance forgets what a commit changes, from whichever side it looks at commits", async () => {
  const memories = [new RememberedTypes(), new RememberedTypes()];
  const instances = memories.map((memory) => here.instance({ memory }));
  for (const side of ["in-process", "extracted"] as const) {
    await here.move("caches", side);
    for (const oms of instances) await until(async () => (await oms.side("caches")) === side);
    const type = await here.putType(`Type-${side}`);
    // Nothing is remembered before the look stands.
    for (const memory of memories)
      await until(async () => {
        await memory.reading("main", async () => type);
        return memory.get("main", type.body.id) !== undefined;
      });
    await here.putType(`Type-${side}`, "changed");
    for (const memory of memories) await until(() => memory.get("main", type.body.id) === undefined);
  }
  await Promise.all(instances.map((oms) => oms.stop()));
});
