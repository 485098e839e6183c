import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { currentContext, newContext, runInContext } from "./context/context.ts";
import { ServiceError } from "./errors/service-error.ts";
import { EchoDefinition, startEcho, until } from "./grpc/echo.fixture.ts";
import { killEcho, spawnEcho } from "./grpc/spawn-echo.fixture.ts";
import { openChannel } from "./grpc-channel.ts";

/** A peer that takes connections and never says a word. */
async function startMute(t: TestContext): Promise<number> {
  const server: Server = createServer(() => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === "object" && address);
  return address.port;
}

const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => "OK",
    (error: unknown) => (error instanceof ServiceError ? error.code : error),
  );

describe("a channel", () => {
  it("tells the server the sooner of the context's deadline and its own", async () => {
    const seen: number[] = [];
    await using echo = await startEcho(
      {
        async say(request) {
          seen.push(currentContext().deadline ?? Number.NaN);
          return request;
        },
      },
      { channel: { deadlineMs: 60_000 } },
    );
    const before = Date.now();
    const distant = newContext({ deadline: before + 3_600_000 });
    const near = newContext({ deadline: before + 20_000 });
    await runInContext(distant, () => echo.client.say({ text: "" }));
    await runInContext(near, () => echo.client.say({ text: "" }));
    assert.ok(seen[0] !== undefined && Math.abs(seen[0] - before - 60_000) < 15_000, `${seen[0]}`);
    assert.ok(seen[1] !== undefined && Math.abs(seen[1] - before - 20_000) < 15_000, `${seen[1]}`);
  });

  it("gives up at the deadline, and the server's handler is told", async () => {
    const told = Promise.withResolvers<void>();
    await using echo = await startEcho(
      {
        say: (_request, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => {
              told.resolve();
              reject(signal.reason);
            });
          }),
      },
      // Long enough for the call to arrive on a busy machine: one that never did is told to nobody.
      { channel: { deadlineMs: 1500 } },
    );
    await assert.rejects(echo.client.say({ text: "" }), {
      code: "DEADLINE_EXCEEDED",
      message: "fixture.Echo did not answer in time",
    });
    await told.promise;
  });

  it("does not call at all when the context's deadline has passed", async () => {
    let called = 0;
    await using echo = await startEcho({
      async say(request) {
        called += 1;
        return request;
      },
    });
    const late = newContext({ deadline: Date.now() - 1 });
    for (let n = 0; n < 10; n += 1) {
      await assert.rejects(
        runInContext(late, () => echo.client.say({ text: "" })),
        { code: "DEADLINE_EXCEEDED" },
      );
    }
    assert.equal(called, 0);
    assert.deepEqual(await echo.client.say({ text: "the breaker is closed" }), {
      text: "the breaker is closed",
    });
  });

  it("streams both ways", async () => {
    await using echo = await startEcho({});
    const replies: string[] = [];
    for await (const { text } of echo.client.list({ text: "one" })) replies.push(text);
    assert.deepEqual(replies, ["one"]);
    async function* requests() {
      yield { text: "one" };
      yield { text: "둘" };
    }
    assert.deepEqual(await echo.client.collect(requests()), { text: "one 둘" });
  });

  it("ends the call of a stream its reader leaves", async () => {
    const ended = Promise.withResolvers<void>();
    await using echo = await startEcho({
      async *list(request, { signal }) {
        signal.addEventListener("abort", () => ended.resolve());
        for (;;) {
          yield request;
          await new Promise(setImmediate);
        }
      },
    });
    for await (const { text } of echo.client.list({ text: "x" })) {
      assert.equal(text, "x");
      break;
    }
    await ended.promise;
  });

  it("names no address when nobody is there", async (t) => {
    const channel = openChannel(EchoDefinition, { address: "127.0.0.1:1" });
    t.after(() => channel.close());
    await assert.rejects(channel.client.say({ text: "" }), {
      code: "UNAVAILABLE",
      message: "fixture.Echo is unavailable",
      violations: [],
    });
  });

  it("does not wait for ever for a peer that takes the connection and says nothing", async (t) => {
    const channel = openChannel(EchoDefinition, { address: `127.0.0.1:${await startMute(t)}` });
    t.after(() => channel.close());
    assert.equal(
      await codeOf(channel.client.list({ text: "" })[Symbol.asyncIterator]().next()),
      "UNAVAILABLE",
    );
  });

  it("opens its breaker when the server dies and closes it when the server is back", async (t) => {
    const { child, port } = await spawnEcho(t);
    const channel = openChannel(EchoDefinition, { address: `127.0.0.1:${port}` });
    t.after(() => channel.close());
    const say = () => channel.client.say({ text: "hello" });
    await say();
    await killEcho(child);
    const refusedByBreaker = (error: unknown) =>
      error instanceof ServiceError &&
      error.cause instanceof Error &&
      error.cause.message === "Breaker is open";
    await until(() => say().then(() => false, refusedByBreaker));
    await spawnEcho(t, port);
    await until(() =>
      say().then(
        () => true,
        () => false,
      ),
    );
    assert.deepEqual(await Promise.all([say(), say(), say()]), Array(3).fill({ text: "hello" }));
  });

  it("calls every time when its breaker is off", async (t) => {
    const channel = openChannel(EchoDefinition, { address: "127.0.0.1:1", breaker: false });
    t.after(() => channel.close());
    for (let n = 0; n < 20; n += 1) {
      await assert.rejects(channel.client.say({ text: "" }), (error: ServiceError) => {
        assert.doesNotMatch(String(error.cause), /Breaker/);
        return error.code === "UNAVAILABLE";
      });
    }
  });

  it("notices a peer that was stopped without closing its connection", async (t) => {
    const { child, port } = await spawnEcho(t);
    const channel = openChannel(EchoDefinition, { address: `127.0.0.1:${port}`, keepaliveMs: 500 });
    t.after(() => channel.close());
    const stream = channel.client.list({ text: "first" })[Symbol.asyncIterator]();
    assert.deepEqual((await stream.next()).value, { text: "first" });
    child.kill("SIGSTOP");
    assert.equal(await codeOf(stream.next()), "UNAVAILABLE");
    child.kill("SIGCONT");
    await until(async () => (await codeOf(channel.client.say({ text: "" }))) === "OK");
  });
});
