import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, get as httpGet, Server } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { until } from "./grpc/echo.fixture.ts";
import { echoBody, postJson, serve } from "./http/serve.fixture.ts";
import { createHttpApp, listenHttp } from "./http-server.ts";
import { createLogger } from "./log.ts";

describe("the HTTP server", () => {
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
