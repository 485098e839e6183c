import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { type ErrorCode, ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Event } from "@oms/events/event.ts";
import { refusalOf } from "@oms/events/refusal.ts";
import { openDoor } from "./door.ts";

const TYPE = "oms.ontology.released";

/** A door whose sides both say `error` of an event named `odd`, and what it committed. */
function doorOf(error: Error, commit: () => Promise<void> = async () => {}) {
  const kept: string[] = [];
  const stored = ({ source, id }: Event) => ({ source, id, outcome: "stored" }) as const;
  const refuse = (event: Event) =>
    event.id === "odd" && error instanceof ServiceError
      ? { refusal: refusalOf(error) }
      : { receipt: stored(event) };
  const door = openDoor({
    env: () => "dev",
    commit: async ({ id }) => {
      await commit();
      kept.push(id);
    },
    publisher: {
      publish: () => Promise.reject(error),
      publishBatch: async (events) => {
        if (!(error instanceof ServiceError)) throw error;
        return events.map(refuse);
      },
    },
  });
  const batch = () => door.publishBatch(["one", "odd", "two"].map((id) => ({ type: TYPE, id })));
  return { kept, batch, publish: () => door.publish({ type: TYPE, id: "odd" }) };
}

const outcomes = (results: Awaited<ReturnType<ReturnType<typeof doorOf>["batch"]>>) =>
  results.map((result) => ("receipt" in result ? result.receipt.outcome : result.refusal.code));

describe("an event that nobody has is kept", () => {
  const away: ErrorCode[] = [
    "UNAVAILABLE",
    "DEADLINE_EXCEEDED",
    "RESOURCE_EXHAUSTED",
    "CANCELLED",
    "INTERNAL",
  ];
  for (const code of away)
    it(`after ${code}, alone or in a batch`, async () => {
      const { kept, publish, batch } = doorOf(new ServiceError(code, "no field is to blame"));
      assert.equal((await publish()).outcome, "committed");
      assert.deepEqual(outcomes(await batch()), ["stored", "committed", "stored"]);
      assert.deepEqual(kept, ["odd", "odd"]);
    });

  it("after a bug, of a batch all of them", async () => {
    const { kept, publish, batch } = doorOf(new TypeError("a bug"));
    assert.equal((await publish()).outcome, "committed");
    assert.deepEqual(outcomes(await batch()), ["committed", "committed", "committed"]);
    assert.deepEqual(kept, ["odd", "one", "odd", "two"]);
  });

  it("and while the kernel is away too its caller is told, in a batch for each", async () => {
    const away = new ServiceError("UNAVAILABLE", "the kernel is not available");
    const { publish, batch } = doorOf(new ServiceError("UNAVAILABLE", "NATS"), () => Promise.reject(away));
    await assert.rejects(publish(), away);
    assert.deepEqual(outcomes(await batch()), ["stored", "UNAVAILABLE", "stored"]);
  });
});

it("of a shadow call nothing is kept", async () => {
  const { kept, publish, batch } = doorOf(new TypeError("a bug"));
  const shadow = newContext({ shadow: true });
  for (const call of [publish, batch])
    await assert.rejects(runInContext<Promise<unknown>>(shadow, call), TypeError);
  assert.deepEqual(kept, []);
});

describe("an event of which a side had something to say is not kept", () => {
  const said: ServiceError[] = [
    new ServiceError("ALREADY_EXISTS", "id", [{ field: "id", message: "is taken" }]),
    new ServiceError("FAILED_PRECONDITION", "type", [{ field: "type", message: "is nobody's" }]),
    new ServiceError("RESOURCE_EXHAUSTED", "data", [{ field: "data", message: "is too large" }]),
  ];
  for (const error of said)
    it(`by ${error.code} on ${error.message}`, async () => {
      const { kept, publish, batch } = doorOf(error);
      await assert.rejects(publish(), error);
      assert.deepEqual(outcomes(await batch()), ["stored", error.code, "stored"]);
      assert.deepEqual(kept, []);
    });
});
