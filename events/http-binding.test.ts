import assert from "node:assert/strict";
import type { IncomingHttpHeaders } from "node:http";
import { describe, it } from "node:test";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { CloudEvent, HTTP, type Message } from "cloudevents";
import { type HttpMessage, readHttp } from "./http-binding.ts";

const EVENT = {
  specversion: "1.0",
  id: "a-1",
  source: "/tests/http",
  type: "oms.ontology.released",
  subject: "Ünïcode 도시",
  time: "2026-11-25T04:00:00.000Z",
  partitionkey: "k",
} as const;

/** What a client that uses the SDK sends. */
function sent({ headers, body }: Message): HttpMessage {
  const ascii = Object.entries(headers).map(([name, value]) => [name, encodeURI(String(value))]);
  return { headers: Object.fromEntries(ascii) as IncomingHttpHeaders, body: Buffer.from(body as string) };
}
const posted = (contentType: string | undefined, body: string | Buffer, more: IncomingHttpHeaders = {}) => ({
  headers: { ...(contentType !== undefined && { "content-type": contentType }), ...more },
  body: Buffer.from(body),
});
const CE = Object.fromEntries(
  Object.entries({ ...EVENT, subject: encodeURIComponent(EVENT.subject) }).map(([k, v]) => [`ce-${k}`, v]),
);

function refusalOf(message: HttpMessage) {
  try {
    readHttp(message);
  } catch (error) {
    assert.ok(error instanceof ServiceError, String(error));
    return [error.code, ...error.violations.map(({ field }) => field)];
  }
  return assert.fail("it was taken");
}

describe("an event as the SDK sends it is read as it is", () => {
  const data = { name: "Seoul", list: [1, null, "도시"] };
  const event = new CloudEvent({ ...EVENT, datacontenttype: "application/json", data });
  const whole = { ...EVENT, datacontenttype: "application/json", data };

  it("in structured mode", () => {
    const { headers, body } = HTTP.structured(event);
    assert.deepEqual(readHttp(posted(String(headers["content-type"]), body as string)), { event: whole });
  });

  it("in binary mode, its headers percent-encoded", () => {
    assert.deepEqual(readHttp(sent(HTTP.binary(event))), { event: whole });
  });

  it("in a batch", () => {
    const body = JSON.stringify([event, { ...EVENT, id: "a-2" }]);
    const batch = readHttp(posted("application/cloudevents-batch+json; charset=utf-8", body));
    assert.deepEqual(batch, { events: [whole, { ...EVENT, id: "a-2" }] });
  });

  it("and bytes stay bytes", () => {
    const bytes = Buffer.from([0, 255, 128]);
    const binary = posted("application/octet-stream", bytes, CE);
    const whole = { ...EVENT, datacontenttype: "application/octet-stream", data_base64: "AP+A" };
    assert.deepEqual(readHttp(binary), { event: whole });
    const structured = posted("application/cloudevents+json", JSON.stringify(whole));
    assert.deepEqual(readHttp(structured), { event: whole });
  });
});

describe("in binary mode the data is what its content-type says", () => {
  const table: [what: string, contentType: string | undefined, body: string, data: object][] = [
    ["nothing", undefined, "", {}],
    ["a JSON number", "application/json", "5", { data: 5 }],
    ["a JSON text", "application/json; charset=utf-8", '"5"', { data: "5" }],
    ["false", "application/json", "false", { data: false }],
    ["null", "application/json", "null", { data: null }],
    ["JSON of another kind", "application/geo+json", '{"a":1}', { data: { a: 1 } }],
    ["a text", "text/plain", "5", { data: "5" }],
    ["a text of another charset", "text/plain; charset=utf-16", "5", { data_base64: "NQ==" }],
    ["what nobody names", undefined, "5", { data_base64: "NQ==" }],
  ];
  for (const [what, contentType, body, data] of table)
    it(what, () => {
      const event = { ...EVENT, ...(contentType && { datacontenttype: contentType }), ...data };
      assert.deepEqual(readHttp(posted(contentType, body, CE)), { event });
    });
});

it("a header may be a quoted string", () => {
  const { event } = readHttp(posted(undefined, "", { ...CE, "ce-subject": '"a \\"b\\" %25"' })) as {
    event: { subject: string };
  };
  assert.equal(event.subject, 'a "b" %');
});

describe("what is not whole is refused by name", () => {
  const without = (name: string) => ({ ...CE, [`ce-${name}`]: undefined });
  const table: [what: string, message: HttpMessage, ...refusal: string[]][] = [
    ["no id", posted(undefined, "", without("id")), "INVALID_ARGUMENT", "id"],
    ["no source", posted(undefined, "", without("source")), "INVALID_ARGUMENT", "source"],
    ["no type", posted(undefined, "", without("type")), "INVALID_ARGUMENT", "type"],
    ["no specversion", posted(undefined, "", without("specversion")), "INVALID_ARGUMENT", "specversion"],
    [
      "version 0.3",
      posted(undefined, "", { ...CE, "ce-specversion": "0.3" }),
      "INVALID_ARGUMENT",
      "specversion",
    ],
    ["a time that is none", posted(undefined, "", { ...CE, "ce-time": "noon" }), "INVALID_ARGUMENT", "time"],
    ["half an escape", posted(undefined, "", { ...CE, "ce-subject": "50%" }), "INVALID_ARGUMENT", "subject"],
    ["data in a header", posted(undefined, "", { ...CE, "ce-data": "x" }), "INVALID_ARGUMENT", "ce-data"],
    ["data that is no JSON", posted("application/json", "{", CE), "INVALID_ARGUMENT", "data"],
    ["another format", posted("application/cloudevents+avro", ""), "INVALID_ARGUMENT", "content-type"],
    ["no JSON", posted("application/cloudevents+json", "{"), "INVALID_ARGUMENT", "event"],
    ["nothing at all", posted(undefined, ""), "INVALID_ARGUMENT", "specversion", "id", "source", "type"],
    [
      "a batch that is no list",
      posted("application/cloudevents-batch+json", "{}"),
      "INVALID_ARGUMENT",
      "events",
    ],
    [
      "a batch of which one has no type",
      posted("application/cloudevents-batch+json", JSON.stringify([EVENT, { ...EVENT, type: undefined }])),
      "INVALID_ARGUMENT",
      "events[1].type",
    ],
    [
      "a batch of 1001",
      posted("application/cloudevents-batch+json", JSON.stringify(Array.from({ length: 1001 }, () => EVENT))),
      "INVALID_ARGUMENT",
      "events",
    ],
    [
      "10 MB",
      posted("application/json", JSON.stringify("x".repeat(10_000_000)), CE),
      "RESOURCE_EXHAUSTED",
      "data",
    ],
  ];
  for (const [what, message, ...refusal] of table)
    it(what, () => {
      assert.deepEqual(refusalOf(message), refusal);
    });
});
