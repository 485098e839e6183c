import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { startGrpcServer } from "@oms/chassis/grpc-server.ts";
import { createLogger } from "@oms/chassis/log.ts";
import { createMetrics } from "@oms/chassis/metrics.ts";
import { createReadiness } from "@oms/chassis/readiness.ts";
import type { Event } from "@oms/events/event.ts";
import { EventGatewayServiceDefinition, Outcome } from "@oms/protos/oms/events/v1/events.ts";
import { EventGatewayClient } from "./event-gateway-client.ts";

let server: Awaited<ReturnType<typeof startGrpcServer>>;
let client: EventGatewayClient;
/** What the gateway answers next, whatever is asked, and what it was asked last. */
let answer: object = {};
let asked: unknown;

before(async () => {
  const reply = async (request: unknown) => {
    asked = request;
    return answer;
  };
  const { methods } = EventGatewayServiceDefinition;
  const unary = Object.entries(methods).filter(([, method]) => !method.requestStream);
  const streaming = Object.entries(methods).filter(([, method]) => method.requestStream);
  const implementation = {
    ...Object.fromEntries(unary.map(([name]) => [name, reply])),
    ...Object.fromEntries(streaming.map(([name]) => [name, async function* () {}])),
  };
  const quiet = { logger: createLogger("gateway", "silent"), metrics: createMetrics("gateway") };
  const place = { service: "event-gateway", build: "b7", host: "127.0.0.1", port: 0 };
  server = await startGrpcServer({ ...place, ...quiet, readiness: createReadiness() }, (grpc) =>
    grpc.add(EventGatewayServiceDefinition, implementation as never),
  );
  client = new EventGatewayClient({ address: `127.0.0.1:${server.port}` });
});
after(async () => {
  client.close();
  await server.stop();
});

const event: Event = { specversion: "1.0", id: "a", source: "/s", type: "oms.tests.happened", data: [null] };
const envelope = { subject: "s", messageId: "/s a", contentType: "c", digest: "d", bytes: 9 };
const stored = { source: "/s", id: "a", outcome: Outcome.OUTCOME_STORED, stream: "TESTS", sequence: 7 };

async function refusal(call: Promise<unknown>): Promise<ServiceError> {
  const error: unknown = await call.then(
    () => assert.fail("it was answered"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ServiceError, String(error));
  return error;
}

it("an event goes as its JSON text, and the receipt comes back with the build that answered", async () => {
  answer = { receipt: stored };
  assert.deepEqual(await client.publish(event), {
    source: "/s",
    id: "a",
    outcome: "stored",
    stream: "TESTS",
    sequence: 7,
    duplicate: false,
  });
  assert.deepEqual(asked, { event: JSON.stringify(event) });
  assert.equal(client.build(), "b7");
});

it("what is queued or recorded is stored nowhere, and an envelope comes along", async () => {
  for (const [outcome, name] of [
    [Outcome.OUTCOME_QUEUED, "queued"],
    [Outcome.OUTCOME_RECORDED, "recorded"],
  ] as const) {
    answer = { receipt: { source: "/s", id: "a", outcome, envelope } };
    assert.deepEqual(await client.publish(event), { source: "/s", id: "a", outcome: name, envelope });
  }
});

it("a batch has its results in their order, refusals among them", async () => {
  const refused = { code: "FAILED_PRECONDITION", message: "type m", field: "type" };
  answer = {
    results: [
      { result: { $case: "refusal", value: refused } },
      { result: { $case: "receipt", value: { ...stored, duplicate: true } } },
    ],
  };
  assert.deepEqual(await client.publishBatch([event, event]), [
    { refusal: refused },
    {
      receipt: { source: "/s", id: "a", outcome: "stored", stream: "TESTS", sequence: 7, duplicate: true },
    },
  ]);
});

describe("an answer that is not what the port says is no answer", () => {
  const odd: [what: string, reply: object][] = [
    ["no receipt", {}],
    ["no outcome", { receipt: { source: "/s", id: "a" } }],
    ["an outcome of tomorrow", { receipt: { ...stored, outcome: 9 } }],
    ["stored at no sequence", { receipt: { ...stored, sequence: 0 } }],
  ];
  for (const [what, reply] of odd)
    it(what, async () => {
      answer = reply;
      assert.equal((await refusal(client.publish(event))).code, "UNAVAILABLE");
    });

  it("fewer results than events", async () => {
    answer = { results: [{ result: { $case: "receipt", value: stored } }] };
    assert.equal((await refusal(client.publishBatch([event, event]))).code, "UNAVAILABLE");
  });

  it("a result that is neither, or refuses for a reason nobody knows", async () => {
    const code = { code: "BORED", message: "m", field: "" };
    for (const result of [undefined, { $case: "refusal", value: code }]) {
      answer = { results: [{ result }] };
      assert.equal((await refusal(client.publishBatch([event]))).code, "UNAVAILABLE");
    }
  });
});
