import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { describe, test } from "node:test";
import { answerOf, IN_PROCESS, routed, textOf } from "./routed.fixture.ts";

const bodyOf = (bytes: number) => JSON.stringify({ text: "x".repeat(bytes - 11) });
const LARGE = bodyOf(1_500_000);

const echo: RequestListener = async (request, response) => {
  response.end(await textOf(request));
};

/** Tells how much it was sent. */
const weigh: RequestListener = async (request, response) => {
  const body = await textOf(request);
  response.end(String(body.length));
};

describe("a body of up to 1 MB", () => {
  const BODY = bodyOf(900_000);

  test("reaches the service as it is, and is compared", async (t) => {
    const { post, counted } = await routed(t, { service: echo });
    assert.equal((await post(BODY)).body, BODY);
    const { tally } = await counted();
    assert.equal(tally.calls.extracted.value, 1);
    assert.equal(tally.compared.mismatch, 1);
  });

  test("is answered in-process when the service fails", async (t) => {
    const { post } = await routed(t);
    assert.deepEqual(JSON.parse((await post(BODY)).body), IN_PROCESS);
  });
});

describe("a larger body", () => {
  const framings: [what: string, framing: IncomingHttpHeaders, known: number][] = [
    ["of known length", { "content-length": String(LARGE.length) }, LARGE.length],
    ["in chunks", { "transfer-encoding": "chunked" }, 2 ** 20],
  ];
  for (const [what, framing, known] of framings) {
    test(`${what} streams to the service and is lost coverage`, async (t) => {
      const { start, counted } = await routed(t, { service: weigh });
      const call = start(framing);
      call.end(LARGE);
      const { status, body } = await answerOf(call);
      assert.deepEqual([status, body], [200, String(LARGE.length)]);
      const { tally } = await counted();
      assert.deepEqual(tally.calls.extracted, { value: 1, answer: 0, failure: 0 });
      const { calls, bytes } = tally.lost["too big"] ?? assert.fail();
      assert.equal(calls, 1);
      assert.ok(bytes >= known && bytes <= LARGE.length, `${bytes}`);
    });
  }

  test("and its answer are the same bytes on either end", async (t) => {
    const { post, counted } = await routed(t, { service: echo });
    assert.equal((await post(LARGE)).body, LARGE);
    assert.equal((await counted()).tally.calls.extracted.value, 1);
  });

  test("says to the service what a small one says", async (t) => {
    const met = Promise.withResolvers<IncomingHttpHeaders>();
    const { post, entered } = await routed(t, {
      service: (request, response) => {
        met.resolve(request.headers);
        return echo(request, response);
      },
    });
    await post(LARGE, { "oms-shadow": "true", connection: "x-hop", "x-hop": "1", "x-other": "passes" });
    const headers = await met.promise;
    assert.equal(headers["oms-key"], entered[0]?.key);
    assert.equal(headers.traceparent, "00-ours");
    assert.equal(headers["x-other"], "passes");
    assert.equal(headers["oms-shadow"], undefined);
    assert.equal(headers["x-hop"], undefined);
  });

  test("has no fallback, and its failure is counted", async (t) => {
    const failing: (RequestListener | undefined)[] = [
      undefined,
      (request) => request.socket.destroy(),
      (request, response) => {
        response.writeHead(200, { "content-length": "100" });
        response.write("half of it", () => request.socket.destroy());
      },
      // Takes all of it and says nothing.
      (request) => request.resume(),
    ];
    for (const service of failing) {
      const { post, counted } = await routed(t, { ...(service && { service }), method: { deadlineMs: 300 } });
      const answer = await post(LARGE).catch(() => undefined);
      assert.notEqual(answer?.status, 200);
      const { tally, lost } = await counted();
      assert.deepEqual(tally.calls.extracted, { value: 0, answer: 0, failure: 1 });
      assert.deepEqual(tally.fallbacks, { error: 0, deadline: 0, "breaker open": 0 });
      assert.equal(lost("too big"), 1);
    }
  });

  test("that is refused is answered with the refusal", async (t) => {
    const { post, counted } = await routed(t, {
      service: async (request, response) => {
        await textOf(request);
        response.writeHead(413).end("too much");
      },
    });
    const { status, body } = await post(LARGE);
    assert.deepEqual([status, body], [413, "too much"]);
    assert.equal((await counted()).tally.calls.extracted.answer, 1);
  });

  test("that a caller sends slowly has its deadline from when it is there", async (t) => {
    const FIRST = 1_200_000;
    const [first, all, answer] = [0, 0, 0].map(() => Promise.withResolvers<void>());
    const { start, counted } = await routed(t, {
      service: async (request, response) => {
        let bytes = 0;
        for await (const chunk of request) {
          bytes += (chunk as Buffer).length;
          if (bytes === FIRST) first?.resolve();
        }
        all?.resolve();
        await answer?.promise;
        response.end(String(bytes));
      },
      method: { deadlineMs: 1000 },
    });
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const call = start({ "content-length": String(LARGE.length) });
    call.write(LARGE.slice(0, FIRST));
    await first?.promise;
    for (let i = 0; i < 5; i++) t.mock.timers.tick(500);
    call.end(LARGE.slice(FIRST));
    await all?.promise;
    t.mock.timers.tick(999);
    answer?.resolve();
    const { status, body } = await answerOf(call);
    assert.deepEqual([status, body], [200, String(LARGE.length)]);
    assert.equal((await counted()).tally.calls.extracted.value, 1);
  });

  test("that the service does not take ends at the deadline", async (t) => {
    const { post, counted } = await routed(t, { service: () => {}, method: { deadlineMs: 50 } });
    const answer = await post(bodyOf(30_000_000)).catch(() => undefined);
    assert.notEqual(answer?.status, 200);
    assert.equal((await counted()).tally.calls.extracted.failure, 1);
  });
});

describe("a long answer", () => {
  const ASK = JSON.stringify({ text: "many" });
  const ANSWER = JSON.stringify({ text: "y".repeat(3_000_000 - 11) });

  test("goes on to the caller as it comes, and is lost coverage", async (t) => {
    const { post, counted } = await routed(t, { service: (_request, response) => response.end(ANSWER) });
    assert.equal((await post(ASK)).body, ANSWER);
    const { tally } = await counted();
    assert.equal(tally.calls.extracted.value, 1);
    assert.deepEqual(tally.lost["too big"], { calls: 1, bytes: ANSWER.length });
  });

  /** A service that sends its first half and then does as it is told. */
  async function half(t: Parameters<typeof routed>[0], deadlineMs: number) {
    const met = Promise.withResolvers<ServerResponse>();
    const all = await routed(t, {
      service: (_request, response) => {
        response
          .writeHead(200, { "content-length": String(ANSWER.length) })
          .write(ANSWER.slice(0, 2_000_000));
        met.resolve(response);
      },
      method: { deadlineMs },
    });
    const call = all.start({ "content-length": String(ASK.length) });
    call.end(ASK);
    const [response] = (await once(call, "response")) as [IncomingMessage];
    await once(response, "readable");
    return { ...all, response, service: await met.promise };
  }

  test("that is cut is cut for the caller, counted as a failure, and nobody answers instead", async (t) => {
    const { service, response, counted } = await half(t, 60_000);
    service.destroy();
    await assert.rejects(textOf(response), { code: "ECONNRESET" });
    const { tally } = await counted();
    assert.deepEqual(tally.calls.extracted, { value: 0, answer: 0, failure: 1 });
    assert.deepEqual(tally.fallbacks, { error: 0, deadline: 0, "breaker open": 0 });
    assert.equal(tally.compared.mismatch, 1);
  });

  test("may take longer than the deadline, as long as it goes on", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { service, response, counted } = await half(t, 1000);
    let bytes = 0;
    for await (const chunk of response) {
      bytes += (chunk as Buffer).length;
      if (bytes !== 2_000_000 && bytes !== 2_500_000) continue;
      t.mock.timers.tick(999);
      service.write(ANSWER.slice(bytes, bytes + 500_000));
    }
    assert.equal(bytes, 3_000_000);
    assert.equal((await counted()).tally.calls.extracted.value, 1);
  });

  test("that stops is cut at the deadline", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { response, counted } = await half(t, 1000);
    const all = async () => {
      let bytes = 0;
      for await (const chunk of response) {
        bytes += (chunk as Buffer).length;
        if (bytes === 2_000_000) t.mock.timers.tick(1000);
      }
    };
    await assert.rejects(all(), { code: "ECONNRESET" });
    assert.equal((await counted()).tally.calls.extracted.failure, 1);
  });

  test("whose caller leaves is given up, and is nobody's failure", async (t) => {
    const { service, response, counted } = await half(t, 60_000);
    const gone = once(service, "close");
    response.destroy();
    await gone;
    const { tally } = await counted();
    assert.deepEqual(tally.calls.extracted, { value: 0, answer: 1, failure: 0 });
  });
});
