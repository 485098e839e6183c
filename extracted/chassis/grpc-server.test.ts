import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:http2";
import { after, describe, it } from "node:test";
import { Client, credentials } from "@grpc/grpc-js";
import { createChannel, createClient, Status } from "nice-grpc";
import { HealthDefinition } from "nice-grpc-server-health";
import { invalid } from "./errors/service-error.ts";
import { startEcho } from "./grpc/echo.fixture.ts";
import { createReadiness } from "./readiness.ts";

describe("the gRPC server", () => {
  it("counts calls by method and code", async () => {
    await using echo = await startEcho({
      async say({ text }) {
        if (text === "") throw invalid("text", "must not be empty");
        return { text };
      },
    });
    await echo.client.say({ text: "a" });
    await echo.client.say({ text: "b" });
    await assert.rejects(echo.client.say({ text: "" }));
    const text = await echo.metrics.registry.metrics();
    const count = (code: string) =>
      text.match(
        new RegExp(`_count{.*rpc_method="fixture.Echo/Say",rpc_response_status_code="${code}"} (\\d+)`),
      )?.[1];
    assert.equal(count("OK"), "2");
    assert.equal(count("INVALID_ARGUMENT"), "1");
    assert.match(text, /nodejs_eventloop_lag_p99_seconds/);
  });

  it("drains: the call in flight is answered, the next one is not taken", async () => {
    const started = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    await using echo = await startEcho({
      async say(request) {
        started.resolve();
        await release.promise;
        return request;
      },
    });
    const session = connect(`http://127.0.0.1:${echo.server.port}`);
    const goaway = new Promise((resolve) => session.once("goaway", resolve));
    await new Promise((resolve) => session.once("remoteSettings", resolve));
    const call = echo.client.say({ text: "last" });
    await started.promise;
    const stopped = echo.server.stop(10_000);
    await goaway;
    await assert.rejects(echo.client.say({ text: "late" }), { code: "UNAVAILABLE" });
    release.resolve();
    assert.deepEqual(await call, { text: "last" });
    await stopped;
  });

  it("cuts what does not end within the grace", async () => {
    const started = Promise.withResolvers<void>();
    await using echo = await startEcho({
      async say() {
        started.resolve();
        return new Promise(() => {});
      },
    });
    const call = assert.rejects(echo.client.say({ text: "" }), { code: "UNAVAILABLE" });
    await started.promise;
    await echo.server.stop(0);
    await call;
  });

  it("answers health from readiness, to checks and to watchers, until it stops", async () => {
    const readiness = createReadiness();
    const missing = new Set<string>();
    readiness.add("store", () => {
      if (missing.has("store")) throw new Error("away");
    });
    await using echo = await startEcho({}, { server: { readiness } });
    const channel = createChannel(`127.0.0.1:${echo.server.port}`);
    after(() => channel.close());
    const health = createClient(HealthDefinition, channel);
    const watch = health.watch({ service: "fixture.Echo" })[Symbol.asyncIterator]();
    assert.deepEqual((await watch.next()).value, { status: 1 });
    missing.add("store");
    assert.deepEqual(await health.check({ service: "" }), { status: 2 });
    assert.deepEqual((await watch.next()).value, { status: 2 });
    await assert.rejects(health.check({ service: "nobody" }), { code: Status.NOT_FOUND });
    await echo.server.stop(10_000);
    assert.equal((await watch.next()).done, true);
  });

  it("answers reflection with the services it was given", async () => {
    await using echo = await startEcho({}, { server: { descriptors: new Uint8Array() } });
    const client = new Client(`127.0.0.1:${echo.server.port}`, credentials.createInsecure());
    after(() => client.close());
    const same = (value: Buffer) => value;
    const path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    const call = client.makeBidiStreamRequest(path, same, same);
    const listServices = Buffer.from([0x3a, 1, 0x2a]);
    call.write(listServices);
    const [reply] = await once(call, "data");
    const ended = once(call, "end");
    call.end();
    await ended;
    assert.match(String(reply), /fixture\.Echo/);
  });

  it("names the variable to change when its port is taken", async () => {
    await using echo = await startEcho({});
    await assert.rejects(startEcho({}, { server: { port: echo.server.port } }), /set GRPC_PORT/);
  });
});
