import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Nats } from "@oms/events/nats.fixture.ts";
import supertest from "supertest";
import { configureEvents } from "../core/event-publisher/sides.ts";
import { strangler } from "../strangler.ts";
import { type Gateway, startEventGateway } from "../testing/event-gateway.ts";
import { dataOf, refusalOf } from "../testing/graphql.ts";
import { eventSettings, type Oms, startOms } from "../testing/oms.ts";

let oms: Oms;
let nats: Nats;
let gateway: Gateway;

before(async () => {
  oms = await startOms();
  nats = await Nats.start();
  gateway = await startEventGateway(oms.kernelAddress, nats.url);
  configureEvents({ ...eventSettings(oms.kernel), natsUrl: nats.url, gatewayAddress: gateway.address });
  assert.equal((await fromOms(event({ id: "taken" }))).status, 200);
});
after(async () => {
  await strangler.stop();
  await gateway.stop();
  await oms.stop();
  await nats.stop();
});

type Headers = Readonly<Record<string, string>>;
type Answer = { readonly status: number; readonly body: unknown };

const TYPE = "oms.ontology.released";
const event = (more: object = {}) => ({
  specversion: "1.0",
  id: "x",
  source: "/tests",
  type: TYPE,
  ...more,
});
const STRUCTURED = { "content-type": "application/cloudevents+json" };
const BATCH = { "content-type": "application/cloudevents-batch+json" };
const BINARY = {
  "ce-specversion": "1.0",
  "ce-id": "x",
  "ce-source": "/tests",
  "ce-type": TYPE,
  "content-type": "application/json",
};

async function fromOms(body: unknown, headers: Headers = STRUCTURED): Promise<Answer> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const { status, body: answer } = await supertest(oms.app).post("/events").set(headers).send(text);
  return { status, body: answer };
}

async function fromGateway(body: unknown, headers: Headers = STRUCTURED): Promise<Answer> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(`${gateway.url}/events`, { method: "POST", headers, body: text });
  return { status: response.status, body: await response.json() };
}

/** `other words`: GraphQL's own types refuse it before anybody looks at the event, or OMS fills it in. */
const refused: [what: string, body: object, status: number, graphql?: "other words"][] = [
  ["no id", event({ id: undefined }), 400, "other words"],
  ["no source", event({ source: undefined }), 400, "other words"],
  ["no type", event({ type: undefined }), 400, "other words"],
  ["no specversion", event({ specversion: undefined }), 400, "other words"],
  ["specversion 0.3", event({ specversion: "0.3" }), 400, "other words"],
  ["nothing at all", {}, 400, "other words"],
  ["an empty id", event({ id: "" }), 400],
  ["an id with a space in it", event({ id: "a b" }), 400],
  ["a source with a line break in it", event({ source: "/a\nb" }), 400],
  ["a type of two parts", event({ type: "oms.released" }), 400],
  ["a type that ends in >", event({ type: "oms.ontology.>" }), 400],
  ["a type with * in it", event({ type: "oms.*.released" }), 400],
  ["a type with a space in it", event({ type: "oms.ontology.re leased" }), 400],
  ["a time that is none", event({ time: "noon" }), 400],
  ["a schema that is nowhere", event({ dataschema: "here" }), 400],
  ["data twice", event({ data: 1, data_base64: "AA==" }), 400],
  ["bytes that are none", event({ data_base64: "?" }), 400],
  ["a subject that is a number", event({ subject: 5 }), 400, "other words"],
  ["an id that another event has", event({ id: "taken", data: 2 }), 409],
  ["a domain that nobody keeps", event({ type: "oms.nowhere.x" }), 422],
  ["the kernel's own domain", event({ type: "oms.commits.x" }), 422],
  ["over a megabyte", event({ data: "x".repeat(1_100_000) }), 413],
];

const odd: [what: string, body: unknown, headers: Headers, status: number][] = [
  ["an attribute with a capital", event({ partitionKey: "k" }), STRUCTURED, 400],
  ["an extension that is a list", event({ colors: ["red"] }), STRUCTURED, 400],
  ["no JSON", "{", STRUCTURED, 400],
  ["a list that is no batch", [event()], STRUCTURED, 400],
  ["10 MB", event({ data: "x".repeat(10_000_000) }), STRUCTURED, 413],
  ["10 MB in binary mode", JSON.stringify("x".repeat(10_000_000)), BINARY, 413],
  ["30 MB", "x".repeat(30_000_000), BINARY, 413],
  ["another format", "", { "content-type": "application/cloudevents+avro" }, 400],
  ["a body that says nothing of an event", {}, { "content-type": "application/json" }, 400],
  ["no id in binary mode", "{}", { ...BINARY, "ce-id": "" }, 400],
  ["data that is not what it says", "{", BINARY, 400],
  ["half an escape", "{}", { ...BINARY, "ce-subject": "50%" }, 400],
  ["a batch of which one is not valid", [event(), event({ type: "x" })], BATCH, 400],
  ["a batch of 1001", Array.from({ length: 1001 }, () => event()), BATCH, 400],
  ["a batch that is none", {}, BATCH, 400],
];

const PUBLISH = "mutation ($event: EventInput!) { publishEvent(event: $event) { id } }";

const stages: [stage: string, enter: () => Promise<void>][] = [
  ["in-process", async () => {}],
  ["live", () => strangler.start({ overrides: { events: "true" }, log: { info() {}, warn() {} } })],
];

for (const [stage, enter] of stages)
  describe(`in stage ${stage} OMS and the event gateway refuse alike`, () => {
    before(enter);

    for (const [what, body, status, graphql] of refused)
      it(what, async () => {
        const ours = await fromOms(body);
        assert.equal(ours.status, status, JSON.stringify(ours.body));
        assert.deepEqual(await fromGateway(body), ours);
        if (graphql === "other words") return;
        const { type: _, status: __, ...problem } = ours.body as Record<string, unknown>;
        const { specversion: ___, ...input } = body as Record<string, unknown>;
        assert.deepEqual(await refusalOf(oms.app, PUBLISH, { variables: { event: input } }), problem);
      });

    for (const [what, body, headers, status] of odd)
      it(what, async () => {
        const ours = await fromOms(body, headers);
        assert.equal(ours.status, status, JSON.stringify(ours.body));
        assert.ok((ours.body as { errors: unknown[] }).errors.length > 0);
        assert.deepEqual(await fromGateway(body, headers), ours);
      });

    it("and take what is whole, in each mode", async () => {
      const id = `mode-${stage}`;
      const stored = { source: "/tests", id, outcome: "stored", stream: "ONTOLOGY" };
      const { body: first } = await fromOms("{}", { ...BINARY, "ce-id": id });
      const { sequence, ...receipt } = first as { sequence: number };
      assert.deepEqual(receipt, { ...stored, duplicate: false });
      const again = { ...stored, sequence, duplicate: true };
      const same = event({ id, data: {}, datacontenttype: "application/json" });
      assert.deepEqual((await fromOms(same)).body, again);
      assert.deepEqual((await fromGateway(same)).body, again);
      const batch = [same, event({ id: "taken", data: 2 })];
      const results = (await fromOms(batch, BATCH)).body;
      const conflict = "id names another event of this source";
      const refusal = { code: "ALREADY_EXISTS", message: conflict, field: "id" };
      assert.deepEqual(results, { results: [{ receipt: again }, { refusal }] });
      assert.deepEqual((await fromGateway(batch, BATCH)).body, results);
    });

    it("and GraphQL does what REST does, and fills in what is absent", async () => {
      const { publishEvent } = await dataOf(oms.app, PUBLISH, { variables: { event: { type: TYPE } } });
      assert.match((publishEvent as { id: string }).id, /^[0-9a-f-]{36}$/);
      const query = `mutation ($events: [EventInput!]!) {
        publishEvents(events: $events) { receipt { id outcome duplicate } refusal { code message field } }
      }`;
      const { specversion: _, ...input } = event({ id: `graphql-${stage}`, data: null });
      const events = [
        { ...input, extensions: { color: "red" } },
        { ...input, id: "taken", data: 2 },
      ];
      const { publishEvents } = await dataOf(oms.app, query, { variables: { events } });
      const [one, two] = publishEvents as [Record<string, unknown>, Record<string, unknown>];
      assert.deepEqual(one, {
        receipt: { id: `graphql-${stage}`, outcome: "stored", duplicate: false },
        refusal: null,
      });
      assert.deepEqual(two["receipt"], null);
      const whole = event({ id: `graphql-${stage}`, data: null, color: "red" });
      assert.equal(((await fromOms(whole)).body as { duplicate: boolean }).duplicate, true);
    });
  });
