import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingHttpHeaders, RequestListener } from "node:http";
import { describe, test } from "node:test";
import { answerOf, IN_PROCESS, routed, textOf } from "./routed.fixture.ts";

const ASK = JSON.stringify({ text: "a quiet harbour" });
/** As no serializer of ours would write it. */
const SPACED = '{ "by" :\t"service" }\n';

/** A service that notes what it is asked. */
function noting(answer: RequestListener) {
  const asked: { headers: IncomingHttpHeaders; body: string; url: string | undefined }[] = [];
  const service: RequestListener = async (request, response) => {
    asked.push({ headers: request.headers, body: await textOf(request), url: request.url });
    answer(request, response);
  };
  return { asked, service };
}

const says =
  (body: string, status = 200, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers }).end(body);
  };

test("a request is routed by what its body names, where the method says so", async (t) => {
  const { asked, service } = noting(says(SPACED));
  const { post } = await routed(t, {
    service,
    stage: { dependsOn: ["jobId"], stageFor: ({ jobId }) => (jobId === "a" ? "live" : "in-process") },
    method: { fields: (body) => ({ jobId: (body as { text: string }).text }) },
  });
  assert.equal((await post(JSON.stringify({ text: "a" }))).body, SPACED);
  assert.deepEqual(JSON.parse((await post(JSON.stringify({ text: "b" }))).body), IN_PROCESS);
  assert.equal(asked.length, 1);
});

describe("in stage live a request goes straight to the service", () => {
  test("and its answer reaches the caller byte for byte", async (t) => {
    const { asked, service } = noting(says(SPACED));
    const { post, counted } = await routed(t, { service });
    const answer = await post(ASK);
    assert.deepEqual([answer.status, answer.body], [200, SPACED]);
    assert.equal(answer.headers["content-type"], "application/json; charset=utf-8");
    assert.equal(answer.headers["content-length"], String(SPACED.length));
    assert.deepEqual(
      asked.map(({ body, url }) => [body, url]),
      [[ASK, "/f"]],
    );
    const { tally } = await counted();
    assert.deepEqual(tally.calls.extracted, { value: 1, answer: 0, failure: 0 });
    assert.deepEqual(tally.calls["in-process"], { value: 0, answer: 0, failure: 0 });
  });

  test("with the call's context, and without what callers may not say", async (t) => {
    const { asked, service } = noting(says(SPACED));
    const { post, entered } = await routed(t, { service });
    await post(ASK, {
      "oms-shadow": "true",
      traceparent: "00-theirs",
      connection: "keep-alive, x-hop",
      "x-hop": "1",
      te: "trailers",
      expect: "100-continue",
      "x-other": "passes",
    });
    const { headers } = asked[0] ?? assert.fail("the service was not asked");
    assert.equal(headers["oms-key"], entered[0]?.key);
    assert.equal(headers.traceparent, "00-ours");
    assert.equal(headers["x-other"], "passes");
    for (const name of ["oms-shadow", "x-hop", "te", "expect", "accept-encoding"])
      assert.equal(headers[name], undefined, name);
  });

  test("and no internal or hop-by-hop header of its answer reaches the caller", async (t) => {
    const internal = { "oms-reads": "main=c1", "oms-build": "theirs", "oms-shadow": "true" };
    const hop = { connection: "keep-alive, x-hop", "x-hop": "1", "keep-alive": "timeout=1234" };
    const { post, answeredHeaders } = await routed(t, {
      service: says(SPACED, 200, { ...internal, ...hop, "x-other": "passes" }),
    });
    const { headers } = await post(ASK);
    assert.equal(headers["oms-build"], "ours");
    assert.equal(headers["x-other"], "passes");
    for (const name of ["oms-reads", "oms-shadow", "x-hop"]) assert.equal(headers[name], undefined, name);
    assert.notEqual(headers["keep-alive"], "timeout=1234");
    assert.equal(answeredHeaders[0]?.["oms-reads"], "main=c1");
  });

  test("and a refusal of the service is its answer, not its failure", async (t) => {
    const inProcess = async () => assert.fail("nobody else was to be asked");
    for (const status of [400, 404, 413, 429]) {
      const { post, counted, attached } = await routed(t, {
        service: says("no.", status),
        inProcess,
        limits: { sample: 0 },
      });
      for (let i = 0; i < 10; i++) {
        const answer = await post(ASK);
        assert.deepEqual([answer.status, answer.body], [status, "no."]);
      }
      const { tally } = await counted();
      assert.deepEqual(tally.calls.extracted, { value: 0, answer: 10, failure: 0 });
      assert.equal(attached.status().breakers["f"], "closed");
    }
  });

  test("which is kept connected from one call to the next", async (t) => {
    const ports = new Set<number | undefined>();
    let asked = 0;
    const service: RequestListener = (request, response) => {
      ports.add(request.socket.remotePort);
      asked += 1;
      says(SPACED, asked % 2 === 0 ? 400 : 200)(request, response);
    };
    const { post } = await routed(t, { service });
    for (let i = 0; i < 10; i++) await post(ASK);
    assert.equal(ports.size, 1);
  });
});

describe("the watched side of a routed call", () => {
  for (const [what, said, outcome] of [
    ["the same", JSON.stringify(IN_PROCESS), "match"],
    ["another", SPACED, "mismatch"],
    ["what is no JSON", "{ this is no JSON", "mismatch"],
  ] as const) {
    test(`is the module, compared with the service's JSON: ${what} is a ${outcome}`, async (t) => {
      const seen: unknown[] = [];
      const inProcess = async (body: unknown) => {
        seen.push(body);
        return IN_PROCESS;
      };
      const { post, counted, entered } = await routed(t, { service: says(said), inProcess });
      assert.equal((await post(ASK)).body, said);
      const { tally, samples } = await counted();
      assert.deepEqual(seen, [{ text: "a quiet harbour" }]);
      assert.deepEqual(tally.compared, { match: 0, noise: 0, mismatch: 0, [outcome]: 1 });
      assert.equal(samples.length, outcome === "mismatch" ? 1 : 0);
      assert.equal(entered[1]?.of, entered[0]);
      assert.equal(entered[1]?.key, entered[0]?.key);
    });
  }
});

describe("a request is left to the route's own handler", () => {
  for (const stage of ["in-process", "shadow"] as const) {
    test(`in stage ${stage}, and counted once, by the door`, async (t) => {
      const { asked, service } = noting(says(SPACED));
      const { post, counted } = await routed(t, { stage, service });
      const { body, headers } = await post(ASK);
      assert.deepEqual([JSON.parse(body), headers["by"]], [IN_PROCESS, "own handler"]);
      assert.deepEqual(asked, []);
      const { tally } = await counted();
      const { value } = tally.calls["in-process"];
      assert.equal(tally.passed + value, 1);
    });
  }

  test("untouched, when the flag turns out to keep this caller in-process", async (t) => {
    const { post, start, attached } = await routed(t, { service: says(SPACED) });
    const flag = { dependsOn: ["author"], stageFor: () => "in-process" as const };
    attached.place({ override: undefined, ceiling: undefined, flag, fresh: () => true });
    assert.equal((await post(ASK)).headers["by"], "own handler");
    const chunked = start({ "transfer-encoding": "chunked" });
    chunked.write(ASK.slice(0, 5));
    chunked.end(ASK.slice(5));
    assert.deepEqual(JSON.parse((await answerOf(chunked)).body), IN_PROCESS);
    const large = JSON.stringify({ text: "x".repeat(3_000_000) });
    assert.deepEqual(JSON.parse((await post(large)).body), IN_PROCESS);
  });

  test("unless the call is made in a context that sends it to the service", async (t) => {
    const branch = new AsyncLocalStorage<string>();
    const { post, attached } = await routed(t, {
      service: says(SPACED),
      within: (run) => branch.run("draft", run),
    });
    const stageFor = () => (branch.getStore() === "draft" ? "live" : "in-process");
    const flag = { dependsOn: "all", stageFor } as const;
    attached.place({ override: undefined, ceiling: undefined, flag, fresh: () => true });
    assert.equal((await post(ASK)).body, SPACED);
  });

  const left: [what: string, body: string, headers: IncomingHttpHeaders][] = [
    ["that asks nothing", "{}", {}],
    ["of malformed JSON", '{"text": ', {}],
    ["without a body", "", {}],
    ["of another type", "text=a", { "content-type": "application/x-www-form-urlencoded" }],
    ["of another charset", ASK, { "content-type": "application/json; charset=utf-16" }],
    ["with an encoded body", ASK, { "content-encoding": "gzip" }],
  ];
  for (const [what, body, headers] of left) {
    test(`${what}, its body untouched`, async (t) => {
      const { asked, service } = noting(says(SPACED));
      const { post } = await routed(t, { service });
      const answer = await post(body, headers);
      assert.equal(answer.headers["by"], "own handler");
      assert.deepEqual(asked, []);
      if (answer.status === 400) assert.ok(answer.body.endsWith(`: ${body}`), answer.body);
    });
  }
});
