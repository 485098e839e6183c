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
