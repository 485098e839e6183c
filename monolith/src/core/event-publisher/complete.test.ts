import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { complete, type Occasion } from "./complete.ts";

const TYPE = "oms.tests.happened";
let made = 0;
const occasion = (more: Partial<Occasion> = {}): Occasion => ({
  env: "dev",
  branch: "main",
  key: undefined,
  traceparent: "00-1-2-01",
  nowMs: Date.UTC(2026, 10, 25),
  freshId: () => `fresh-${++made}`,
  ...more,
});
const idOf = (...given: Parameters<typeof complete>) => complete(...given).id;

it("an event gets what it must have, and each its own id", () => {
  const event = complete({ type: TYPE, data: null }, occasion());
  const { id, ...rest } = event;
  assert.deepEqual(rest, {
    specversion: "1.0",
    source: "/oms/dev",
    type: TYPE,
    traceparent: "00-1-2-01",
    time: "2026-11-25T00:00:00.000Z",
    data: null,
  });
  assert.notEqual(idOf({ type: TYPE }, occasion()), id);
});

it("what is given stays, an extension too", () => {
  const whole = {
    specversion: "1.0",
    source: "/else",
    id: "x",
    type: TYPE,
    time: "2020-01-01T00:00:00Z",
    traceparent: "00-3-4-00",
    color: "red",
  } as const;
  assert.deepEqual(complete(whole, occasion({ key: "k" })), whole);
});

describe("an event that may be asked for again is the same event then", () => {
  it("under a key", () => {
    const [first, again] = [1, 2].map((nowMs) => complete({ type: TYPE }, occasion({ key: "k", nowMs })));
    assert.deepEqual(again, first);
  });

  it("with an id of its own", () => {
    const [first, again] = [1, 2].map((nowMs) => complete({ type: TYPE, id: "x" }, occasion({ nowMs })));
    assert.deepEqual(again, first);
  });

  it("but under one key events about other things, of other types and on other branches are others", () => {
    const keyed = occasion({ key: "k" });
    const ids = [
      idOf({ type: TYPE }, keyed),
      idOf({ type: TYPE, subject: "a" }, keyed),
      idOf({ type: "oms.tests.ended" }, keyed),
      idOf({ type: TYPE }, occasion({ key: "l" })),
      idOf({ type: TYPE }, occasion({ key: "k", branch: "draft" })),
    ];
    assert.equal(new Set(ids).size, ids.length);
  });
});
