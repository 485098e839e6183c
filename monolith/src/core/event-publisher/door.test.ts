import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Event } from "@oms/events/event.ts";
import { outboxBranch } from "@oms/events/names.ts";
import { Nats } from "@oms/events/nats.fixture.ts";
import { strangler } from "../../strangler.ts";
import { type Gateway, startEventGateway } from "../../testing/event-gateway.ts";
import { eventSettings, type Oms, startOms } from "../../testing/oms.ts";
import { events } from "./index.ts";
import { keepInOutbox } from "./keep.ts";
import { configureEvents, schemas } from "./sides.ts";

let oms: Oms;
let nats: Nats;
let gateway: Gateway;

before(async () => {
  oms = await startOms();
  nats = await Nats.start();
  gateway = await startEventGateway(oms.kernelAddress, nats.url);
  configureEvents({ ...eventSettings(oms.kernel), natsUrl: nats.url, gatewayAddress: gateway.address });
});
after(async () => {
  await strangler.stop();
  await oms.stop();
  await gateway.stop();
  await nats.stop();
});

const TYPE = "oms.ontology.released";
const source = "/oms/dev";

async function refusal(call: Promise<unknown>): Promise<unknown> {
  const error: unknown = await call.then(
    () => assert.fail("it was answered"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ServiceError, String(error));
  return [error.code, error.violations[0]?.field];
}
const CONFLICT = ["ALREADY_EXISTS", "id"];

const outboxed = (id: string) =>
  oms.kernel
    .get<Event>(outboxBranch("dev"), `Event/${hash("sha256", `${source} ${id}`)}`)
    .catch(() => undefined);
const stored = (sequence: number) =>
  nats.manage(async (manager) =>
    (await manager.streams.getMessage("ONTOLOGY", { seq: sequence }))?.json<Event>(),
  );
const messages = () => nats.manage(async ({ streams }) => (await streams.info("ONTOLOGY")).state.messages);

describe("before the strangler is started the door publishes in process", () => {
  it("and says where JetStream has the event", async () => {
    const { outcome, stream, sequence = 0, duplicate } = await events.publish({ type: TYPE, id: "one" });
    assert.deepEqual([outcome, stream, duplicate], ["stored", "ONTOLOGY", false]);
    const event = await stored(sequence);
    assert.deepEqual([event?.id, event?.source, event?.type], ["one", source, TYPE]);
  });

  it("and the same event again changes nothing more", async () => {
    const before = await messages();
    const { outcome, duplicate } = await events.publish({ type: TYPE, id: "one" });
    assert.deepEqual([outcome, duplicate], ["stored", true]);
    assert.equal(await messages(), before);
  });

  it("and another one of that name is refused", async () => {
    assert.deepEqual(await refusal(events.publish({ type: TYPE, id: "one", data: 2 })), CONFLICT);
  });

  it("and one key makes one event, with the trace of the call", async () => {
    const context = newContext({ key: "k" });
    const publish = () => runInContext(context, () => events.publish({ type: TYPE, data: { n: 1 } }));
    const [first, again] = [await publish(), await publish()];
    assert.deepEqual([again.id, again.sequence, again.duplicate], [first.id, first.sequence, true]);
    assert.equal((await stored(first.sequence ?? 0))?.traceparent, context.traceparent);
    const other = () => runInContext(context, () => events.publish({ type: TYPE, data: { n: 2 } }));
    assert.deepEqual(await refusal(other()), CONFLICT);
  });

  it("and what nobody may publish is refused by name", async () => {
    assert.deepEqual(await refusal(events.publish({ type: "oms.>" })), ["INVALID_ARGUMENT", "type"]);
    assert.deepEqual(await refusal(events.publish({ type: "oms.nowhere.x" })), [
      "FAILED_PRECONDITION",
      "type",
    ]);
  });
});

describe("in stage live", () => {
  before(() => strangler.start({ overrides: { events: "true" }, log: { info() {}, warn() {} } }));

  it("the gateway publishes, and knows an event that was published in process", async () => {
    const { outcome, duplicate } = await events.publish({ type: TYPE, id: "one" });
    assert.deepEqual([outcome, duplicate], ["stored", true]);
    assert.equal((await events.publish({ type: TYPE, id: "two" })).duplicate, false);
    assert.deepEqual(await refusal(events.publish({ type: TYPE, id: "two", data: 2 })), CONFLICT);
  });

  it("a batch has a result for each event", async () => {
    const results = await events.publishBatch([
      { type: TYPE, id: "three" },
      { type: TYPE, id: "one", data: 2 },
      { type: TYPE, id: "two" },
    ]);
    const told = results.map((result) => ("receipt" in result ? result.receipt.id : result.refusal.code));
    assert.deepEqual(told, ["three", "ALREADY_EXISTS", "two"]);
  });

  it("with the gateway killed the event goes to JetStream from here, under its own id", async () => {
    await gateway.stop();
    const { id, outcome, sequence = 0 } = await events.publish({ type: TYPE });
    assert.equal(outcome, "stored");
    assert.equal((await stored(sequence))?.id, id);
  });
});

describe("with the gateway and NATS away the kernel's outbox has the event", () => {
  before(async () => {
    await runInContext(newContext(), () => schemas().put("oms.jobs.rated", { required: ["rate"] }));
    await nats.kill();
  });

  it("whole, and says so", async () => {
    const receipt = await events.publish({ type: TYPE, id: "away", data: { n: 1 } });
    assert.deepEqual(receipt, { source, id: "away", outcome: "committed" });
    const { traceparent, ...event } = (await outboxed("away"))?.body ?? assert.fail();
    assert.deepEqual(event, { specversion: "1.0", source, id: "away", type: TYPE, data: { n: 1 } });
    assert.ok(traceparent);
  });

  it("once, however often it is published", async () => {
    const revision = async () => (await outboxed("away"))?.revision;
    const before = await revision();
    assert.equal((await events.publish({ type: TYPE, id: "away", data: { n: 1 } })).outcome, "committed");
    assert.equal(await revision(), before);
    assert.deepEqual(await refusal(events.publish({ type: TYPE, id: "away", data: { n: 2 } })), CONFLICT);
  });

  it("but not what its schema or its domain forbids, though no side may have looked", async () => {
    const event = { specversion: "1.0", source, id: "unfit" } as const;
    const rated = { ...event, type: "oms.jobs.rated", data: {} };
    assert.deepEqual(await refusal(keepInOutbox(rated)), ["INVALID_ARGUMENT", "data/rate"]);
    const taken = { ...event, type: "oms.commits.made" };
    assert.deepEqual(await refusal(keepInOutbox(taken)), ["FAILED_PRECONDITION", "type"]);
    assert.equal(await outboxed("unfit"), undefined);
  });

  it("of a batch each, and what is not valid still refuses all of it", async () => {
    const batch = ["x", "y", "z"].map((id) => ({ type: TYPE, id }));
    const results = await events.publishBatch(batch);
    assert.deepEqual(
      results,
      batch.map(({ id }) => ({ receipt: { source, id, outcome: "committed" } })),
    );
    const bad = [{ type: TYPE, id: "w" }, { type: "x" }];
    assert.deepEqual(await refusal(events.publishBatch(bad)), ["INVALID_ARGUMENT", "events[1].type"]);
    assert.equal(await outboxed("w"), undefined);
  });
});
