import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:http2";
import { after, describe, it } from "node:test";
import { Client, credentials, type ServiceError as GrpcError, Metadata as GrpcMetadata } from "@grpc/grpc-js";
import { createChannel, createClient, Metadata, Status } from "nice-grpc";
import { HealthDefinition } from "nice-grpc-server-health";
import { activeContext, newContext, runInContext } from "./context/context.ts";
import { traceIdOf } from "./context/traceparent.ts";
import { invalid, ServiceError } from "./errors/service-error.ts";
import { EchoDefinition, startEcho, until } from "./grpc/echo.fixture.ts";
import { createReadiness } from "./readiness.ts";

/** Answers with the context the handler sees. */
async function sayContext() {
  const context = activeContext();
  return { text: JSON.stringify({ ...context, reads: [...(context?.reads ?? [])] }) };
}

/** A call with bytes and metadata of our choosing, past every check of our own channel. */
function rawCall(port: number, path: string, bytes: Buffer, metadata: Record<string, string> = {}) {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const sent = new GrpcMetadata();
  for (const [key, value] of Object.entries(metadata)) sent.set(key, value);
  return new Promise<GrpcError | null>((resolve) => {
    const same = (value: Buffer) => value;
    client.makeUnaryRequest(path, same, same, bytes, sent, (error) => {
      client.close();
      resolve(error);
    });
  });
}

describe("the gRPC server", { timeout: 30_000 }, () => {
  it("gives the handler the caller's context, whatever the text", async () => {
    await using echo = await startEcho({ say: sayContext });
    const context = newContext({
      author: "김철수@oms",
      branch: "가지/하나",
      tenant: "회사, 50% \u{1F680}",
      key: "key with spaces=&;",
      shadow: true,
      deadline: Date.now() + 60_000,
      reads: new Map([["dev/oms/가지", "commit&1"]]),
    });
    const { text } = await runInContext(context, () => echo.client.say({ text: "" }));
    const seen = JSON.parse(text);
    const { traceparent, deadline, reads, ...rest } = context;
    assert.deepEqual(
      { ...seen, traceparent: undefined, deadline: undefined, reads: undefined },
      {
        ...rest,
        traceparent: undefined,
        deadline: undefined,
        reads: undefined,
      },
    );
    assert.deepEqual(seen.reads, [...reads]);
    assert.equal(traceIdOf(seen.traceparent), traceIdOf(traceparent));
    assert.notEqual(seen.traceparent, traceparent, "the hop has a span of its own");
    assert.equal(typeof seen.deadline, "number");
    assert.ok(deadline);
  });

  it("keeps the context across every message of a stream", async () => {
    await using echo = await startEcho({
      async *list() {
        for (let n = 0; n < 3; n += 1) {
          await new Promise(setImmediate);
          yield { text: activeContext()?.author ?? "none" };
        }
      },
    });
    const authors = await runInContext(newContext({ author: "alice@oms" }), async () => {
      const texts: string[] = [];
      for await (const { text } of echo.client.list({ text: "" })) texts.push(text);
      return texts;
    });
    assert.deepEqual(authors, ["alice@oms", "alice@oms", "alice@oms"]);
  });

  it("tells the caller what it read first and which build it is", async () => {
    await using echo = await startEcho({
      async say(request) {
        activeContext()?.reads.set("dev/oms/main", "c2").set("dev/oms/가지", "c9");
        return request;
      },
    });
    const context = newContext({ reads: new Map([["dev/oms/main", "c1"]]) });
    assert.equal(echo.build(), "unknown");
    await runInContext(context, () => echo.client.say({ text: "" }));
    assert.deepEqual(
      [...context.reads],
      [
        ["dev/oms/main", "c1"],
        ["dev/oms/가지", "c9"],
      ],
    );
    assert.equal(echo.build(), "echo-1");
  });

  it("hands a service error to the caller word for word", async () => {
    const thrown = new ServiceError("ABORTED", "전제가 맞지 않다\n둘째 줄 100%", [
      { field: "preconditions[0]", message: "must hold: \u{1F511}" },
    ]);
    await using echo = await startEcho({
      async say() {
        throw thrown;
      },
    });
    await assert.rejects(echo.client.say({ text: "" }), {
      name: "ServiceError",
      code: "ABORTED",
      message: thrown.message,
      violations: thrown.violations,
    });
    assert.deepEqual(echo.lines, []);
  });

  it("survives an error text no header can carry", async () => {
    await using echo = await startEcho({
      async say() {
        throw invalid("text", `\ud800${"x".repeat(1_000_000)}`);
      },
    });
    await assert.rejects(echo.client.say({ text: "" }), { code: "INVALID_ARGUMENT" });
  });

  it("says nothing of an unknown error and logs it with its stack and trace", async () => {
    await using echo = await startEcho({
      async say() {
        throw new TypeError("password=secret");
      },
    });
    const context = newContext();
    await assert.rejects(
      runInContext(context, () => echo.client.say({ text: "" })),
      { code: "INTERNAL", message: "internal error", violations: [] },
    );
    const [line] = echo.lines.map((text) => JSON.parse(text));
    assert.match(line.err.stack, /TypeError: password=secret\n +at /);
    assert.equal(line.traceId, traceIdOf(context.traceparent));
  });

  it("refuses bytes that are not protobuf as an invalid argument", async () => {
    await using echo = await startEcho({});
    const garbage = Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]);
    for (const path of ["/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"]) {
      const error = await rawCall(echo.server.port, path, garbage);
      assert.equal(error?.code, Status.INVALID_ARGUMENT, path);
      assert.equal(error?.details, "message must be valid protobuf");
    }
    assert.equal(
      (await rawCall(echo.server.port, "/fixture.Echo/Say", garbage))?.code,
      Status.INVALID_ARGUMENT,
    );
    assert.equal(
      (await rawCall(echo.server.port, "/fixture.Echo/Collect", garbage))?.code,
      Status.INVALID_ARGUMENT,
    );
    assert.deepEqual(echo.lines, []);
  });

  it("refuses a message over the limit and says the limit", async () => {
    await using echo = await startEcho({}, { server: { maxMessageBytes: 1000 } });
    await assert.rejects(echo.client.say({ text: "x".repeat(2000) }), (error: ServiceError) => {
      assert.equal(error.code, "RESOURCE_EXHAUSTED");
      assert.match(error.message, /larger than max .*1000/);
      return true;
    });
    await assert.rejects(
      echo.client
        .list({ text: "x".repeat(2000) })
        [Symbol.asyncIterator]()
        .next(),
      {
        code: "RESOURCE_EXHAUSTED",
      },
    );
  });

  it("names the metadata key that is malformed", async () => {
    await using echo = await startEcho({});
    const malformed = {
      "oms-author": "nobody",
      "oms-deadline": "tomorrow",
      "oms-shadow": "yes",
      "oms-reads": "=c1",
      "oms-branch": "a%00b",
      "oms-tenant": "%E0%A4",
      "idempotency-key": "k".repeat(10_000),
    };
    for (const [key, value] of Object.entries(malformed)) {
      const error = await rawCall(echo.server.port, "/fixture.Echo/Say", Buffer.from("{}"), { [key]: value });
      assert.equal(error?.code, Status.INVALID_ARGUMENT, key);
      assert.ok(error?.details.startsWith(key), error?.details);
    }
    assert.deepEqual(echo.lines, []);
  });

  it("starts a new trace for a traceparent that is not one", async () => {
    await using echo = await startEcho({ say: sayContext });
    const client = createClient(EchoDefinition, createChannel(`127.0.0.1:${echo.server.port}`));
    const { text } = await client.say({ text: "" }, { metadata: Metadata({ traceparent: "00-zz-1-1" }) });
    assert.ok(traceIdOf(JSON.parse(text).traceparent));
  });

  it("refuses at once a call whose deadline has passed", async () => {
    let called = 0;
    await using echo = await startEcho({
      async say(request) {
        called += 1;
        return request;
      },
    });
    const late = { "oms-deadline": String(Date.now() - 1) };
    const error = await rawCall(echo.server.port, "/fixture.Echo/Say", Buffer.from("{}"), late);
    assert.equal(error?.code, Status.DEADLINE_EXCEEDED);
    assert.equal(called, 0);
  });

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

  it("tells the handler that its caller went away, and logs no error", async () => {
    const started = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    await using echo = await startEcho({
      async say(_request, { signal }) {
        started.resolve();
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        gone.resolve();
        throw new Error("the socket closed");
      },
    });
    const caller = new AbortController();
    const call = echo.client.say({ text: "" }, { signal: caller.signal });
    await started.promise;
    caller.abort();
    await assert.rejects(call, { code: "CANCELLED" });
    await gone.promise;
    await until(async () => /status_code="CANCELLED"/.test(await echo.metrics.registry.metrics()));
    assert.deepEqual(echo.lines, []);
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
    call.end();
    assert.match(String(reply), /fixture\.Echo/);
  });

  it("names the variable to change when its port is taken", async () => {
    await using echo = await startEcho({});
    await assert.rejects(startEcho({}, { server: { port: echo.server.port } }), /set GRPC_PORT/);
  });
});
