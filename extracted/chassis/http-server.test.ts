import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, get as httpGet, Server } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import type { Express } from "express";
import { z } from "zod";
import { activeContext, newContext } from "./context/context.ts";
import { writeContext } from "./context/headers.ts";
import { traceIdOf } from "./context/traceparent.ts";
import { invalid } from "./errors/service-error.ts";
import { until } from "./grpc/echo.fixture.ts";
import { createHttpApp, type HttpOptions, listenHttp } from "./http-server.ts";
import { createLogger } from "./log.ts";
import { createMetrics } from "./metrics.ts";
import { createReadiness } from "./readiness.ts";

async function serve(routes: (app: Express) => void, options: Partial<HttpOptions> = {}) {
  const lines: string[] = [];
  const metrics = createMetrics("http");
  const readiness = createReadiness();
  const logger = createLogger("http", "warn", { write: (line) => lines.push(line) });
  const common = { service: "http", edge: "internal", build: "http-1", logger, metrics, readiness } as const;
  const server = await listenHttp(createHttpApp({ ...common, ...options }, routes), {
    host: "127.0.0.1",
    port: 0,
  });
  return {
    ...server,
    url: `http://127.0.0.1:${server.port}`,
    lines,
    metrics,
    readiness,
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

function postJson(url: string, body: string, headers: Record<string, string> = {}) {
  return fetch(url, { method: "POST", body, headers: { "content-type": "application/json", ...headers } });
}

const Problem = z.object({
  type: z.literal("about:blank"),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })),
});

/** Asserts that `response` is a problem and gives its parts. */
async function problemOf(response: Response) {
  assert.match(response.headers.get("content-type") ?? "", /^application\/problem\+json/);
  const problem = Problem.parse(await response.json());
  assert.equal(problem.status, response.status);
  return {
    status: response.status,
    title: problem.title,
    fields: problem.errors.map(({ field }) => field),
  };
}

const echoBody = (app: Express) => {
  app.post("/echo", (request, response) => {
    response.json(request.body);
  });
};

describe("the HTTP server", { timeout: 30_000 }, () => {
  it("restores the caller's context, in asynchronous routes and after the body was read", async () => {
    await using server = await serve((app) => {
      app.post("/context", async (_request, response) => {
        await new Promise(setImmediate);
        const context = activeContext();
        response.json({ ...context, reads: [...(context?.reads ?? [])] });
      });
    });
    const context = newContext({
      author: "김철수@oms",
      branch: "가지",
      tenant: "회사 50%",
      key: "k 1",
      shadow: true,
      deadline: Date.now() + 60_000,
      reads: new Map([["dev/oms/main", "c1"]]),
    });
    const response = await postJson(`${server.url}/context`, "{}", writeContext(context));
    const { traceparent, ...seen } = z.looseObject({ traceparent: z.string() }).parse(await response.json());
    const { traceparent: sent, ...expected } = context;
    assert.deepEqual(seen, { ...expected, reads: [["dev/oms/main", "c1"]] });
    assert.equal(traceIdOf(traceparent), traceIdOf(sent));
    assert.notEqual(traceparent, sent);
  });

  it("says which build answered, and to our own services what it read", async () => {
    const routes = (app: Express) => {
      app.get("/read", async (_request, response) => {
        activeContext()?.reads.set("dev/oms/main", "c1");
        response.json({});
      });
    };
    await using inside = await serve(routes);
    const internal = await fetch(`${inside.url}/read`);
    assert.equal(internal.headers.get("oms-build"), "http-1");
    assert.equal(internal.headers.get("oms-reads"), "dev%2Foms%2Fmain=c1");
    await using outside = await serve(routes, { edge: "public" });
    assert.equal((await fetch(`${outside.url}/read`)).headers.get("oms-reads"), null);
  });

  it("refuses a malformed header by name", async () => {
    await using server = await serve(echoBody);
    for (const [name, value] of Object.entries({
      "oms-author": "nobody",
      "idempotency-key": "k".repeat(10_240),
    })) {
      const response = await postJson(`${server.url}/echo`, "{}", { [name]: value });
      assert.deepEqual(await problemOf(response), { status: 400, title: "INVALID_ARGUMENT", fields: [name] });
    }
  });

  it("refuses at once a call whose deadline has passed, and takes no deadline from outside", async () => {
    const late = { "oms-deadline": String(Date.now() - 1) };
    await using inside = await serve(echoBody);
    const refused = await problemOf(await postJson(`${inside.url}/echo`, "{}", late));
    assert.deepEqual(refused, { status: 504, title: "DEADLINE_EXCEEDED", fields: [] });
    await using outside = await serve(echoBody, { edge: "public" });
    assert.equal((await postJson(`${outside.url}/echo`, "{}", late)).status, 200);
  });

  it("refuses what is not JSON, naming the part that is wrong", async () => {
    await using server = await serve(echoBody, { bodyLimit: "1kb" });
    const post = async (body: string, headers: Record<string, string> = {}) =>
      problemOf(await postJson(`${server.url}/echo`, body, headers));
    const bad = (field: string) => ({ status: 400, title: "INVALID_ARGUMENT", fields: [field] });
    assert.deepEqual(await post("{"), bad("body"));
    assert.deepEqual(await post("nonsense"), bad("body"));
    assert.deepEqual(await post('"a string"'), bad("body"));
    assert.deepEqual(await post("{}", { "content-type": "text/plain" }), bad("content-type"));
    assert.deepEqual(
      await post("{}", { "content-type": "application/json; charset=koi8-r" }),
      bad("content-type"),
    );
    assert.deepEqual(await post("{}", { "content-encoding": "zstd9" }), bad("content-encoding"));
    assert.deepEqual(await post("{}", { "content-encoding": "gzip" }), bad("body"));
    assert.deepEqual(await post(JSON.stringify({ text: "x".repeat(2000) })), {
      status: 413,
      title: "RESOURCE_EXHAUSTED",
      fields: ["body"],
    });
    assert.deepEqual(server.lines, []);
  });

  it("needs no content type where there is no body", async () => {
    await using server = await serve((app) => {
      app.post("/run", (_request, response) => {
        response.json({ ran: true });
      });
    });
    assert.equal((await fetch(`${server.url}/run`, { method: "POST" })).status, 200);
  });

  it("answers an unknown path, a method it has not, and a path that cannot be decoded with problems", async () => {
    await using server = await serve((app) => {
      app.get("/objects/:id", (request, response) => {
        response.json(request.params);
      });
    });
    assert.equal((await problemOf(await fetch(`${server.url}/nothing`))).status, 404);
    assert.equal((await problemOf(await fetch(`${server.url}/objects/1`, { method: "DELETE" }))).status, 404);
    assert.deepEqual((await problemOf(await fetch(`${server.url}/objects/%E0`))).fields, ["path"]);
  });

  it("answers what a route throws, and leaks nothing of a bug", async () => {
    await using server = await serve((app) => {
      app.get("/invalid", async () => {
        throw invalid("k", "must be positive");
      });
      app.get("/bug", async () => {
        throw new TypeError("password=secret");
      });
    });
    const refused = await problemOf(await fetch(`${server.url}/invalid`));
    assert.deepEqual(refused, { status: 400, title: "INVALID_ARGUMENT", fields: ["k"] });
    assert.deepEqual(server.lines, []);
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const bug = await fetch(`${server.url}/bug`, { headers: { traceparent } });
    assert.equal(bug.status, 500);
    assert.doesNotMatch(await bug.text(), /secret/);
    const [line] = server.lines.map((each) => JSON.parse(each));
    assert.match(line.err.stack, /TypeError: password=secret\n +at /);
    assert.equal(line.traceId, "0af7651916cd43dd8448eb211c80319c");
  });

  it("answers health, readiness and metrics whatever the headers", async () => {
    await using server = await serve(echoBody);
    const odd = { headers: { "oms-author": "nobody" } };
    const health = await fetch(`${server.url}/health`, odd);
    assert.equal(health.status, 200);
    assert.deepEqual(await health.json(), { status: "ok" });
    assert.equal((await fetch(`${server.url}/ready`, odd)).status, 200);
    server.readiness.add("store", () => {
      throw new Error("away");
    });
    const ready = await fetch(`${server.url}/ready`, odd);
    assert.equal(ready.status, 503);
    assert.deepEqual(await ready.json(), { status: "not ready", checks: { store: "failed" } });
    assert.match(
      await (await fetch(`${server.url}/metrics`, odd)).text(),
      /nodejs_eventloop_lag_p99_seconds/,
    );
  });

  it("tells nothing of its make and no entity tag", async () => {
    await using server = await serve(echoBody);
    const { headers } = await postJson(`${server.url}/echo`, '{"a":1}');
    assert.equal(headers.get("x-powered-by"), null);
    assert.equal(headers.get("etag"), null);
  });

  it("counts requests by route and status, ids never becoming labels", async () => {
    await using server = await serve((app) => {
      app.get("/objects/:id", (request, response) => {
        response.json(request.params);
      });
    });
    for (const path of ["/objects/1", "/objects/2", "/nothing/1"])
      await (await fetch(server.url + path)).text();
    const metrics = await server.metrics.registry.metrics();
    assert.match(metrics, /_count{.*http_route="\/objects\/:id",http_response_status_code="200"} 2/);
    assert.match(metrics, /_count{.*http_route="unmatched",http_response_status_code="404"} 1/);
  });

  it("logs no error for a caller that vanishes in the middle of its body", async () => {
    await using server = await serve(echoBody);
    const socket = connect(server.port, "127.0.0.1");
    const head = ["POST /echo HTTP/1.1", "host: x", "content-type: application/json", "content-length: 99"];
    socket.write([...head, "expect: 100-continue", "", ""].join("\r\n"));
    assert.match(String((await once(socket, "data"))[0]), /^HTTP\/1.1 100 Continue/);
    socket.write("{");
    socket.destroy();
    await until(async () => /http_response_status_code="499"/.test(await server.metrics.registry.metrics()));
    assert.deepEqual(server.lines, []);
  });

  it("stops gracefully: answers the request in flight, then lets its kept-alive connections go", async (t) => {
    const cut = t.mock.method(Server.prototype, "closeAllConnections");
    const started = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    await using server = await serve((app) => {
      app.get("/slow", async (_request, response) => {
        started.resolve();
        await release.promise;
        response.json({ done: true });
      });
    });
    const agent = new Agent({ keepAlive: true });
    const get = (path: string) =>
      new Promise<string>((resolve, reject) => {
        httpGet(`${server.url}${path}`, { agent }, (response) => text(response).then(resolve, reject));
      });
    await get("/health");
    const slow = get("/slow");
    await started.promise;
    const stopped = server.stop();
    await assert.rejects(fetch(`${server.url}/health`), /fetch failed/);
    release.resolve();
    assert.equal(await slow, '{"done":true}');
    await stopped;
    assert.equal(cut.mock.callCount(), 0, "no connection had to be cut");
    agent.destroy();
  });

  it("names the variable to change when its port is taken", async () => {
    await using server = await serve(echoBody);
    const { port } = server;
    const app = createHttpApp(
      {
        service: "second",
        edge: "public",
        build: "1",
        logger: createLogger("second", "silent"),
        metrics: server.metrics,
        readiness: server.readiness,
      },
      () => {},
    );
    await assert.rejects(listenHttp(app, { host: "127.0.0.1", port }), /set PORT/);
  });
});
