import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Event } from "@oms/events/event.ts";
import { Nats } from "@oms/events/nats.fixture.ts";
import type { Publisher, PublishResult, Receipt } from "@oms/events/port.ts";
import { compareOutcomes } from "@oms/proxy/compare/outcomes.ts";
import type { Call } from "@oms/proxy/model/call.ts";
import type { Method } from "@oms/proxy/model/capability.ts";
import type { Comparison } from "@oms/proxy/model/comparison.ts";
import type { Observation } from "@oms/proxy/model/observation.ts";
import type { Side } from "@oms/proxy/model/side.ts";
import { EventGatewayClient } from "../../sdk/event-gateway-client.ts";
import { host } from "../../strangler.ts";
import { type Gateway, startEventGateway } from "../../testing/event-gateway.ts";
import { eventSettings, type Oms, startOms } from "../../testing/oms.ts";
import { migration } from "./migration.ts";
import { configureEvents } from "./sides.ts";

type Sides = Record<Side, Publisher>;

let oms: Oms;
let nats: Nats;
let gateway: Gateway;
let sides: Sides;

before(async () => {
  oms = await startOms();
  nats = await Nats.start();
  gateway = await startEventGateway(oms.kernelAddress, nats.url);
  configureEvents({ ...eventSettings(oms.kernel), natsUrl: nats.url, gatewayAddress: gateway.address });
  sides = { "in-process": await migration.inProcess(), extracted: await migration.extracted() };
});
after(async () => {
  await gateway.stop();
  await oms.stop();
  await nats.stop();
});

const MATCH = { outcome: "match" };
let made = 0;
const event = (more: Partial<Event> = {}): Event => ({
  specversion: "1.0",
  id: `event-${++made}`,
  source: "/oms/dev",
  type: "oms.ontology.released",
  ...more,
});
const messages = () => nats.manage(async ({ streams }) => (await streams.info("ONTOLOGY")).state.messages);

async function observed(side: Side, run: () => Promise<unknown>): Promise<Observation<unknown>> {
  const outcome = await run().then(
    (value) => ({ kind: "value", value }) as const,
    (error: unknown) =>
      ({ kind: host.isAnswer(error) ? "answer" : "failure", failure: "error", error }) as const,
  );
  return { side, durationMs: 0, outcome };
}

let calls = 0;

/** Calls the authority, watches the other side and compares, as the strangler does. */
async function compared(
  [authority, watched]: readonly [Side, Side],
  ask: (side: Publisher) => Promise<Receipt | readonly PublishResult[]>,
  among = sides,
): Promise<Comparison> {
  const call: Call = { key: `call-${++calls}`, shadow: false, watched: true };
  const answer = await observed(authority, () => host.enter(call, () => ask(among[authority])));
  const shadow: Call = { key: call.key, shadow: true, of: call };
  const other = await observed(watched, () => host.enter(shadow, () => ask(among[watched])));
  return compareOutcomes(answer, other, (a, b) => {
    const { publish, publishBatch } = migration.methods;
    const { compare } = (Array.isArray(a) ? publishBatch : publish) as unknown as Method<
      () => Promise<unknown>
    >;
    return compare(a, b, []);
  });
}

for (const pair of [
  ["in-process", "extracted"],
  ["extracted", "in-process"],
] as const)
  describe(`${pair[0]} is the authority, ${pair[1]} is watched`, () => {
    it("one event is sent once, and both would have sent the same", async () => {
      await sides["in-process"].publish(event());
      const before = await messages();
      const whole = event({
        subject: "Ünïcode 도시",
        time: "2026-11-25T04:00:00+09:00",
        data: { z: [1, null, { b: 1, a: "\u2028" }], a: 1e21 },
        color: "red",
        level: 5,
      });
      assert.deepEqual(await compared(pair, (side) => side.publish(whole)), MATCH);
      const bytes = event({ data_base64: "AP+A", datacontenttype: "application/octet-stream" });
      assert.deepEqual(await compared(pair, (side) => side.publish(bytes)), MATCH);
      assert.equal(await messages(), before + 2);
    });

    it("an event that is there already is told of, which is no difference", async () => {
      const again = event();
      await sides[pair[1]].publish(again);
      assert.deepEqual(await compared(pair, (side) => side.publish(again)), MATCH);
    });

    it("a batch is sent in its order, and what is refused of it is refused alike", async () => {
      const batch = [event(), event({ type: "oms.nowhere.x" }), event()];
      assert.deepEqual(await compared(pair, (side) => side.publishBatch(batch)), MATCH);
    });

    it("both refuse alike, which is compared as well", async () => {
      for (const odd of [
        event({ id: "" }),
        event({ type: "oms.nowhere.x" }),
        event({ type: "oms.commits.x" }),
        event({ data: "x".repeat(10_000_000) }),
      ])
        assert.deepEqual(await compared(pair, (side) => side.publish(odd)), MATCH);
    });

    it("a difference is seen", async () => {
      const other = sides[pair[1]];
      const planted: Sides = {
        ...sides,
        [pair[1]]: {
          publish: (given: Event) => other.publish({ ...given, data: "another" }),
          publishBatch: (given: readonly Event[]) => other.publishBatch(given.toReversed()),
        },
      };
      const batch = [event(), event()];
      const data = await compared(pair, (side) => side.publish(event({ data: "one" })), planted);
      const order = await compared(pair, (side) => side.publishBatch(batch), planted);
      assert.deepEqual([data.outcome, order.outcome], ["mismatch", "mismatch"]);
    });
  });

it("a gateway of another environment is told by the subject", async () => {
  const other = await startEventGateway(oms.kernelAddress, nats.url, { OMS_ENV: "prod" });
  const extracted = new EventGatewayClient({ address: other.address });
  const among = { ...sides, extracted };
  const one = event();
  const comparison = await compared(["in-process", "extracted"], (side) => side.publish(one), among);
  extracted.close();
  await other.stop();
  assert.deepEqual(comparison, {
    outcome: "mismatch",
    because: "envelope.subject: a text of 34 against a text of 35",
  });
});
