import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import type { Event } from "@oms/events/event.ts";
import { outboxBranch } from "@oms/events/names.ts";
import { events } from "../core/event-publisher/index.ts";
import { type Oms, startOms } from "../testing/oms.ts";
import { Branches } from "./branches.ts";

let oms: Oms;
before(async () => {
  oms = await startOms();
});
after(() => oms.stop());

/** With neither NATS nor a gateway there all that is published is in the outbox. */
async function published(subject: string): Promise<Event[]> {
  const asked = { branch: outboxBranch("dev"), type: "Event" };
  const { documents } = await oms.kernel.query<Event>(asked);
  return documents.map(({ body }) => body).filter((event) => event.subject === subject);
}
const as = <R>(branch: string, run: () => Promise<R>) => runInContext(newContext({ branch, key: "k" }), run);

it("a new branch is told of, and how it began", async () => {
  const { branch } = await oms.ontology.branches.create({ name: "told", origin: "main" });
  const [event, ...others] = await published("told");
  assert.equal(others.length, 0);
  assert.deepEqual(
    [event?.type, event?.time, event?.data],
    [
      "oms.branches.branch.created",
      branch.created,
      { name: "told", origin: "main", created: branch.created },
    ],
  );
});

it("once, however often, from where and under what head it is created", async () => {
  const { branches, types } = oms.ontology;
  await as("main", () => branches.create({ name: "again", origin: "main" }));
  await as("again", () => types.put({ id: "City", properties: [] }, "anything"));
  const { created } = await as("draft", () => branches.create({ name: "again", origin: "main" }));
  assert.equal(created, false);
  assert.equal((await published("again")).length, 1);
});

it("also when who created it was stopped before it could tell", async () => {
  const stopped = { publish: () => Promise.reject(new Error("stopped")) };
  const { kernel } = oms;
  const told: string[] = [];
  const parts = { kernel, env: "dev", created: (name: string) => told.push(name) };
  const asked = { name: "late", origin: "main" };
  await assert.rejects(new Branches({ ...parts, events: stopped }).create(asked), /stopped/);
  assert.deepEqual(await published("late"), []);
  await new Branches({ ...parts, events }).create(asked);
  assert.equal((await published("late")).length, 1);
  assert.deepEqual(told, ["late"]);
});

it("and a branch that could not be created is not told of", async () => {
  await assert.rejects(oms.ontology.branches.create({ name: "orphan", origin: "nowhere" }));
  assert.deepEqual(await published("orphan"), []);
});
