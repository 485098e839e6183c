import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../../testing/until.ts";
import { Surroundings } from "./surroundings.fixture.ts";

let here: Surroundings;

before(async () => {
  here = await Surroundings.start();
});
after(() => here?.stop());

test("a subscriber has its events from the side that its document names", { timeout: 60_000 }, async () => {
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
  assert.deepEqual(audited.toSorted(), published.toSorted());
});
