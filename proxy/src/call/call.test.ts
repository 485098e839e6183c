import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Breaker, BreakerOpen } from "./breaker.ts";
import { DeadlinePassed, within } from "./deadline.ts";
import { observe } from "./observe.ts";

const NOT_FOUND = Object.assign(new Error("no such object"), { code: "NOT_FOUND" });
const isAnswer = (error: unknown) => error === NOT_FOUND;
const never = () => new Promise<never>(() => {});
const fails = () => Promise.reject(new Error("down"));
const works = () => Promise.resolve("works");

test("an answer within the deadline is the answer", async () => {
  assert.equal(await within(1000, works), "works");
  await assert.rejects(within(1000, fails), { message: "down" });
});

test("no answer within the deadline is a passed deadline, and a late error is nobody's", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const late = Promise.withResolvers<string>();
  const waited = within(50, () => late.promise);
  t.mock.timers.tick(50);
  await assert.rejects(waited, DeadlinePassed);
  late.reject(new Error("after the fact"));
  await nextTurn();
});

test("a side that throws instead of rejecting leaves no timer behind", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const throws = () => {
    throw new TypeError("bug");
  };
  await assert.rejects(within(50, throws), TypeError);
  t.mock.timers.tick(50);
  await nextTurn();
});

test("what a side does is an observation, whatever it does", async () => {
  const seen = async (run: () => Promise<unknown>) => (await observe("extracted", run, isAnswer)).outcome;
  assert.deepEqual(await seen(works), { kind: "value", value: "works" });
  assert.deepEqual(await seen(() => Promise.reject(NOT_FOUND)), { kind: "answer", error: NOT_FOUND });
  const error = new Error("down");
  assert.deepEqual(await seen(() => Promise.reject(error)), { kind: "failure", failure: "error", error });
  assert.equal(await seen(() => within(1, never)).then((o) => o.kind === "failure" && o.failure), "deadline");
  const bug = () => {
    throw error;
  };
  assert.deepEqual(await seen(bug), { kind: "failure", failure: "error", error });
});

/** Fires without waiting, so that the calls overlap. */
function fireMany(breaker: Breaker, count: number, run: () => Promise<unknown>): Promise<unknown> {
  return Promise.allSettled(Array.from({ length: count }, () => breaker.fire(run)));
}

test("one bad call is no evidence: the breaker stays closed", async () => {
  const breaker = new Breaker(isAnswer, () => {});
  await fireMany(breaker, 4, fails);
  assert.equal(breaker.state, "closed");
  breaker.stop();
});

test("answers that are errors never open the breaker", async () => {
  const breaker = new Breaker(isAnswer, () => {});
  await fireMany(breaker, 50, () => Promise.reject(NOT_FOUND));
  assert.equal(breaker.state, "closed");
  breaker.stop();
});

test("an open breaker refuses without calling", async () => {
  const events: string[] = [];
  const breaker = new Breaker(isAnswer, (event) => events.push(event));
  await fireMany(breaker, 10, fails);
  assert.equal(breaker.state, "open");
  let called = false;
  const call = async () => {
    called = true;
  };
  await assert.rejects(breaker.fire(call), BreakerOpen);
  assert.equal(called, false);
  assert.deepEqual(events, ["opened"]);
  breaker.stop();
});

test("a side's own error with a breaker's code is the side's, not the breaker's", async () => {
  const breaker = new Breaker(isAnswer, () => {});
  const own = Object.assign(new Error("mine"), { code: "EOPENBREAKER" });
  await assert.rejects(
    breaker.fire(() => Promise.reject(own)),
    own,
  );
  breaker.stop();
});

test("after simultaneous failures the breaker still half-opens, lets one call through, and closes on its success", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  const events: string[] = [];
  const breaker = new Breaker(isAnswer, (event) => events.push(event));
  await fireMany(breaker, 50, fails);
  assert.equal(breaker.state, "open");
  t.mock.timers.tick(2000);
  assert.equal(breaker.state, "half-open");

  const probe = Promise.withResolvers<string>();
  const first = breaker.fire(() => probe.promise);
  await assert.rejects(breaker.fire(works), BreakerOpen);
  probe.resolve("works");
  assert.equal(await first, "works");
  assert.equal(breaker.state, "closed");
  assert.deepEqual(events, ["opened", "closed"]);
  breaker.stop();
});

test("a failing probe opens the breaker again, for another try later, and is no outage of its own", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  const events: string[] = [];
  const breaker = new Breaker(isAnswer, (event) => events.push(event));
  await fireMany(breaker, 10, fails);
  t.mock.timers.tick(2000);
  await assert.rejects(breaker.fire(fails), { message: "down" });
  assert.equal(breaker.state, "open");
  t.mock.timers.tick(2000);
  assert.equal(await breaker.fire(works), "works");
  assert.equal(breaker.state, "closed");
  assert.deepEqual(events, ["opened", "closed"]);
  breaker.stop();
});
