import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Lane, type Ticket } from "./lane.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";

const SMALL: Limits = { ...DEFAULT_LIMITS, calls: 4, bytes: 400, bytesPerCall: 200 };

function laneOf(limits: Partial<Limits> = {}, chance = 0): Lane {
  return new Lane({ ...SMALL, ...limits }, { now: () => 0, chance: () => chance });
}

function admitted(lane: Lane, args: unknown[]): Ticket {
  const admission = lane.admit("extracted", "embed", args);
  assert.ok("args" in admission);
  return admission;
}

test("whatever comes, the lane holds no more calls and bytes than allowed, and gives everything back", () => {
  const size = fc.integer({ min: 0, max: 120 });
  const step = fc.oneof(
    fc.record({ do: fc.constant("admit" as const), size }),
    fc.record({ do: fc.constant("keep" as const), size }),
    fc.record({ do: fc.constant("leave" as const), size }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const lane = laneOf();
      const inside: Ticket[] = [];
      for (const { do: what, size: length } of steps) {
        const text = "x".repeat(length);
        if (what === "admit") {
          const admission = lane.admit("extracted", "embed", [text]);
          if ("args" in admission) inside.push(admission);
          else assert.match(admission.reason, /too big|lane full/);
        } else if (what === "keep" && inside[0]) lane.keep(inside[0], text);
        else if (what === "leave" && inside.length > 0) lane.leave(inside.shift() as Ticket);
        assert.equal(lane.load.calls, inside.length);
        assert.equal(
          lane.load.bytes,
          inside.reduce((sum, ticket) => sum + ticket.bytes, 0),
        );
        assert.ok(lane.load.calls <= SMALL.calls && lane.load.bytes <= SMALL.bytes);
      }
      for (const ticket of inside) lane.leave(ticket);
      assert.deepEqual(lane.load, { calls: 0, bytes: 0 });
    }),
  );
});

test("what is dropped is dropped by reason and size", () => {
  const lane = laneOf({ calls: 1 });
  assert.deepEqual(lane.admit("extracted", "embed", ["x".repeat(101)]), { reason: "too big", bytes: 218 });
  admitted(lane, ["x"]);
  assert.deepEqual(lane.admit("extracted", "embed", ["xx"]), { reason: "lane full", bytes: 20 });
  assert.deepEqual(laneOf().admit("extracted", "embed", [() => 1]), {
    reason: "cannot be copied",
    bytes: 24,
  });
});

test("a call outside the sample costs nothing, not even looking at it", () => {
  const poison = new Proxy([], {
    get: () => {
      throw new Error("looked at");
    },
  });
  assert.deepEqual(laneOf({ sample: 0.5 }, 0.7).admit("extracted", "embed", poison), {
    reason: "not sampled",
    bytes: 0,
  });
});

test("arguments and answer are copies: who has the originals may change them", () => {
  const lane = laneOf();
  const args = [{ text: "before" }];
  const ticket = admitted(lane, args);
  const answer = { vector: [1] };
  const kept = lane.keep(ticket, answer);
  Object.assign(args[0] as object, { text: "after" });
  answer.vector.push(2);
  assert.deepEqual(ticket.args, [{ text: "before" }]);
  assert.deepEqual(kept, { copy: { vector: [1] } });
});

test("an answer that does not fit loses its call's coverage, not the caller's answer", () => {
  const lane = laneOf();
  const ticket = admitted(lane, []);
  assert.deepEqual(lane.keep(ticket, "x".repeat(101)), { reason: "too big", bytes: 202 });
  assert.deepEqual(
    lane.keep(ticket, () => 1),
    { reason: "cannot be copied", bytes: 8 },
  );
});

test("in-process calls are admitted as long as there is time for them", () => {
  const lane = laneOf();
  lane.learn("embed", 6);
  const first = lane.admit("in-process", "embed", []);
  assert.ok("args" in first);
  assert.deepEqual(lane.admit("in-process", "embed", []), { reason: "budget", bytes: 16 });
  lane.leave(first);
  assert.ok("args" in lane.admit("in-process", "embed", []));
});

test("an in-process call that took longer than the time put aside is paid for by the next ones", async () => {
  let now = 0;
  const lane = new Lane(SMALL, { now: () => now, chance: () => 0 });
  lane.learn("embed", 1);
  const first = lane.admit("in-process", "embed", []);
  assert.ok("args" in first);
  await lane.turn(first, "in-process", async () => {
    now += 500;
  });
  lane.leave(first);
  assert.deepEqual(lane.admit("in-process", "embed", []), { reason: "budget", bytes: 16 });
  now += 60_000;
  assert.ok("args" in lane.admit("in-process", "embed", []));
});

test("an in-process call that is not admitted for another reason gives its time back", () => {
  const lane = laneOf();
  lane.learn("embed", 9);
  assert.deepEqual(lane.admit("in-process", "embed", [() => 1]), { reason: "cannot be copied", bytes: 24 });
  assert.ok("args" in lane.admit("in-process", "embed", []));
});

test("in-process calls run one at a time, extracted ones as many as allowed", async () => {
  const lane = laneOf({ concurrency: 2 });
  const most = async (side: "in-process" | "extracted") => {
    let running = 0;
    let seen = 0;
    const run = async () => {
      running += 1;
      seen = Math.max(seen, running);
      await Promise.resolve();
      running -= 1;
    };
    const ticket = admitted(lane, []);
    await Promise.all(Array.from({ length: 6 }, () => lane.turn(ticket, side, run)));
    lane.leave(ticket);
    return seen;
  };
  assert.equal(await most("in-process"), 1);
  assert.equal(await most("extracted"), 2);
});

test("the lane is idle when the last call has left", async () => {
  const lane = laneOf();
  await lane.idle();
  const ticket = admitted(lane, []);
  let idle = false;
  const waiting = lane.idle().then(() => {
    idle = true;
  });
  await Promise.resolve();
  assert.equal(idle, false);
  lane.leave(ticket);
  await waiting;
  assert.equal(idle, true);
});
