import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { digestOf } from "./envelope.ts";
import { MOST_EVENT_BYTES, parseEventText } from "./event.ts";

const attributes = { specversion: "1.0", id: "1", source: "/test", type: "oms.ontology.released" } as const;

test("a text whose numbers are longer when they are written anew is held to the length they have then", () => {
  const text = (numbers: number) =>
    `${JSON.stringify(attributes).slice(0, -1)},"data":[${Array(numbers).fill("1e20").join()}]}`;
  const fits = parseEventText(text(40_000));
  assert(JSON.stringify(fits).length < MOST_EVENT_BYTES);
  assert(text(50_000).length < MOST_EVENT_BYTES / 3);
  assert.throws(
    () => parseEventText(text(50_000)),
    (error) => error instanceof ServiceError && error.violations[0]?.field === "data",
  );
});

test("the same event has one digest, whatever the order of its keys and of which span it is", () => {
  const one = digestOf({ ...attributes, data: { a: [{ b: 1, c: new Date(0) }], d: 2 }, traceparent: "00-1" });
  const { type, ...others } = attributes;
  const other = { type, data: { d: 2, a: [{ c: new Date(0).toISOString(), b: 1 }] }, ...others };
  assert.equal(digestOf(other), one);
  assert.notEqual(digestOf({ ...other, data: { d: 2, a: [{ c: "", b: 1 }] } }), one);
  const proto = JSON.parse('{"__proto__":1}');
  assert.notEqual(digestOf({ ...attributes, data: proto }), digestOf({ ...attributes, data: {} }));
});
