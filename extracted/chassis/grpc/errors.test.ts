import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Status } from "nice-grpc";
import { newContext, runInContext } from "../context/context.ts";
import { traceIdOf } from "../context/traceparent.ts";
import { invalid, ServiceError } from "../errors/service-error.ts";
import { rawCall, startEcho, until } from "./echo.fixture.ts";

describe("the errors of a gRPC call", () => {
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
});
