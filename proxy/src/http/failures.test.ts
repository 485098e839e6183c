import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { describe, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { answerOf, IN_PROCESS, routed } from "./routed.fixture.ts";

const ASK = JSON.stringify({ text: "a quiet harbour" });
const ANSWER = { by: "service" };

const hang: RequestListener = () => {};

/** Which of the two a test is about is not left to how busy the machine is. */
const DEADLINE_MS = { error: 60_000, deadline: 50 } as const;

const failures: [what: string, failure: "error" | "deadline", service: RequestListener | undefined][] = [
  ["refuses connections", "error", undefined],
  ["says 503", "error", (_request, response) => response.writeHead(503).end("away")],
  ["answers garbage", "error", (_request, response) => response.end("garbage")],
  ["closes the connection", "error", (request) => request.socket.destroy()],
  [
    "is killed before its answer is whole",
    "error",
    (request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half of it", () => request.socket.destroy());
    },
  ],
  ["does not answer", "deadline", hang],
  [
    "stops in the middle of its answer",
    "deadline",
    (_request, response) => response.writeHead(200, { "content-length": "100" }).write("half of it"),
  ],
];

describe("when the service fails before the caller has a byte", () => {
  for (const [what, failure, service] of failures) {
    test(`as it ${what}, in-process answers, counted once`, async (t) => {
      const { post, counted } = await routed(t, {
        ...(service && { service }),
        method: { deadlineMs: DEADLINE_MS[failure] },
      });
      const answer = await post(ASK);
      assert.deepEqual([answer.status, JSON.parse(answer.body)], [200, IN_PROCESS]);
      const { tally } = await counted();
      assert.deepEqual(tally.calls.extracted, { value: 0, answer: 0, failure: 1 });
      assert.deepEqual(tally.fallbacks, { error: 0, deadline: 0, "breaker open": 0, [failure]: 1 });
      assert.deepEqual(tally.compared, { match: 0, noise: 0, mismatch: 1 });
    });

    test(`as it ${what}, the caller hears of it in stage complete`, async (t) => {
      const { post, counted } = await routed(t, {
        stage: "complete",
        ...(service && { service }),
        method: { deadlineMs: DEADLINE_MS[failure] },
      });
      const answer = await post(ASK);
      assert.equal(answer.status, 503);
      assert.match(answer.body, failure === "deadline" ? /embedding\.f: deadline/ : /^Error: /);
      const { tally } = await counted();
      assert.deepEqual(tally.calls.extracted, { value: 0, answer: 0, failure: 1 });
    });
  }

  test("of a method that says so, nobody answers instead", async (t) => {
    const { post } = await routed(t, { method: { fallback: "never" } });
    assert.equal((await post(ASK)).status, 503);
  });

  test("the module's refusal is the caller's, and the module's own bug too", async (t) => {
    const { post } = await routed(t, { inProcess: () => Promise.reject(new Error("a bug")) });
    const { status, body } = await post(ASK);
    assert.deepEqual([status, body], [503, "Error: a bug"]);
  });

  test("again and again, the breaker opens and the service is left alone", async (t) => {
    let asked = 0;
    const { post, counted } = await routed(t, {
      service: (_request, response) => {
        asked += 1;
        response.writeHead(503).end();
      },
    });
    for (let i = 0; i < 20; i++) assert.deepEqual(JSON.parse((await post(ASK)).body), IN_PROCESS);
    const { tally, lost } = await counted();
    assert.equal(tally.calls.extracted.failure, 20);
    assert.equal(tally.fallbacks.error, asked);
    assert.equal(tally.fallbacks["breaker open"], 20 - asked);
    assert.ok(asked < 20);
    assert.equal(lost("breaker open"), 20 - asked);
  });
});

test("a deadline also holds while every connection is taken", async (t) => {
  const { post, counted } = await routed(t, {
    service: hang,
    method: { deadlineMs: 300 },
    limits: { sample: 0 },
  });
  const answers = await Promise.all(Array.from({ length: 200 }, () => post(ASK)));
  for (const { body } of answers) assert.deepEqual(JSON.parse(body), IN_PROCESS);
  const { tally } = await counted();
  assert.equal(tally.calls.extracted.failure, 200);
  assert.equal(tally.fallbacks.deadline + tally.fallbacks["breaker open"], 200);
});

describe("when the caller leaves", () => {
  /** Starts a call and resolves with it once the service has it. */
  async function underway(t: Parameters<typeof routed>[0]) {
    const met = Promise.withResolvers<[IncomingMessage, ServerResponse]>();
    const all = await routed(t, { service: (...pair) => met.resolve(pair), method: { deadlineMs: 60_000 } });
    const call = all.start({ "content-length": String(ASK.length) });
    call.on("error", () => {}).end(ASK);
    return { ...all, call, service: await met.promise };
  }

  test("its request to the service is given up, and is nobody's failure", async (t) => {
    const { call, service, counted, attached, lane } = await underway(t);
    const gone = once(service[1], "close");
    call.destroy();
    await gone;
    assert.equal(service[1].writableFinished, false);
    const { tally, lost } = await counted();
    assert.deepEqual(tally.calls.extracted, { value: 0, answer: 1, failure: 0 });
    assert.equal(lost("caller gone"), 1);
    assert.deepEqual(tally.compared, { match: 0, noise: 0, mismatch: 0 });
    assert.equal(attached.status().breakers["f"], "closed");
    assert.deepEqual(lane.load, { calls: 0, bytes: 0 });
  });

  test("the next caller is served", async (t) => {
    const answer: RequestListener = (_request, response) => response.end(JSON.stringify(ANSWER));
    let first = true;
    const met = Promise.withResolvers<void>();
    const { start, post } = await routed(t, {
      service: (request, response) => {
        if (!first) return answer(request, response);
        first = false;
        met.resolve();
      },
    });
    const call = start({ "content-length": String(ASK.length) });
    call.on("error", () => {}).end(ASK);
    await met.promise;
    call.destroy();
    assert.deepEqual(JSON.parse((await post(ASK)).body), ANSWER);
  });

  test("while it still waits for a connection, the call ends all the same", async (t) => {
    const all = Promise.withResolvers<void>();
    let met = 0;
    const { start, counted } = await routed(t, {
      service: () => {
        met += 1;
        if (met === 128) all.resolve();
      },
      method: { deadlineMs: 60_000 },
      limits: { sample: 0 },
    });
    const call = () => {
      const request = start({ "content-length": String(ASK.length) });
      request.on("error", () => {}).end(ASK);
      return request;
    };
    for (let i = 0; i < 128; i++) call();
    await all.promise;
    const waiting = call();
    await once(waiting, "finish");
    waiting.destroy();
    let ended = 0;
    while (ended === 0) {
      await nextTurn();
      ended += (await counted()).tally.calls.extracted.answer;
    }
    assert.equal(met, 128);
  });

  test("in the middle of its request, there was no call", async (t) => {
    const { start, counted, post } = await routed(t, {
      service: (_request, response) => response.end(JSON.stringify(ANSWER)),
    });
    const call = start({ "content-length": String(ASK.length) });
    call.on("error", () => {}).write(ASK.slice(0, 5));
    await once(call, "socket");
    call.destroy();
    await post(ASK);
    const { tally } = await counted();
    assert.deepEqual(tally.calls.extracted, { value: 1, answer: 0, failure: 0 });
  });
});

test("answers come to those who asked, however many ask at once", async (t) => {
  const { start, counted } = await routed(t, {
    service: async (request, response) => {
      for await (const chunk of request) response.write(chunk);
      response.end();
    },
    limits: { sample: 0 },
  });
  const asks = Array.from({ length: 300 }, (_, n) => JSON.stringify({ text: `number ${n}` }));
  const answers = await Promise.all(
    asks.map((ask) => {
      const call = start({ "content-length": String(ask.length) });
      call.end(ask);
      return answerOf(call);
    }),
  );
  assert.deepEqual(
    answers.map(({ body }) => body),
    asks,
  );
  assert.equal((await counted()).tally.calls.extracted.value, 300);
});
