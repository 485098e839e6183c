import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { newContext, runInContext } from "../context/context.ts";
import { ServiceError } from "../errors/service-error.ts";
import { openChannel } from "../grpc-channel.ts";
import { createReadiness } from "../readiness.ts";
import { EchoDefinition, type EchoHandlers, startEcho, until } from "./echo.fixture.ts";
import { killEcho, spawnEcho } from "./spawn-echo.fixture.ts";

/** A channel to several ports, and which of the builds there answered each of some calls. */
function connect(t: TestContext, ...ports: number[]) {
  const address = ports.map((port) => `127.0.0.1:${port}`).join(",");
  const channel = openChannel(EchoDefinition, { address });
  t.after(() => channel.close());
  return {
    ...channel,
    async answeredBy(calls: number): Promise<Set<string>> {
      const builds = new Set<string>();
      for (let n = 0; n < calls; n += 1) {
        await channel.client.say({ text: "hello" });
        builds.add(channel.build());
      }
      return builds;
    },
  };
}

/** Servers in this process named by their builds, each counting the calls it got. */
async function startTwo(t: TestContext, handlers: EchoHandlers = {}, readiness = createReadiness()) {
  const one = await startEcho(handlers, { server: { build: "one", readiness } });
  const two = await startEcho({}, { server: { build: "two" } });
  t.after(() => one[Symbol.asyncDispose]());
  t.after(() => two[Symbol.asyncDispose]());
  return connect(t, one.server.port, two.server.port);
}

const unavailable = (): never => {
  throw new ServiceError("UNAVAILABLE", "not now");
};

describe("a channel to several addresses", () => {
  it("calls them in turn", async (t) => {
    const { answeredBy } = await startTwo(t);
    await until(async () => (await answeredBy(2)).size === 2);
  });

  it("takes an address that nobody listens on for one that is away", async (t) => {
    const { port } = await spawnEcho(t);
    const { answeredBy } = connect(t, 1, port);
    assert.equal((await answeredBy(20)).size, 1);
  });

  it("answers every call while one is killed and is back, and its breaker stays closed", async (t) => {
    const [one, two] = await Promise.all([spawnEcho(t), spawnEcho(t)]);
    const { client, answeredBy } = connect(t, one.port, two.port);
    await until(async () => (await answeredBy(2)).size === 2);
    const calls = Array.from({ length: 32 }, () => client.say({ text: "under way" }));
    await killEcho(one.child);
    await Promise.all(calls);
    assert.deepEqual(await answeredBy(20), new Set([`${two.child.pid}`]));
    const again = await spawnEcho(t, one.port);
    await until(async () => (await answeredBy(2)).has(`${again.child.pid}`));
  });

  it("answers every call while one drains", async (t) => {
    const [one, two] = await Promise.all([spawnEcho(t), spawnEcho(t)]);
    const { answeredBy } = connect(t, one.port, two.port);
    await until(async () => (await answeredBy(2)).size === 2);
    one.child.kill("SIGTERM");
    await until(async () => (await answeredBy(20)).size === 1);
    assert.deepEqual(await answeredBy(20), new Set([`${two.child.pid}`]));
  });

  it("moves the calls of a stopped one to the other, and comes back to it", async (t) => {
    const [one, two] = await Promise.all([spawnEcho(t), spawnEcho(t)]);
    const { client, answeredBy } = connect(t, one.port, two.port);
    await until(async () => (await answeredBy(2)).size === 2);
    one.child.kill("SIGSTOP");
    await Promise.all(Array.from({ length: 20 }, () => client.say({ text: "somebody answers" })));
    assert.deepEqual(await answeredBy(20), new Set([`${two.child.pid}`]));
    one.child.kill("SIGCONT");
    await until(async () => (await answeredBy(2)).has(`${one.child.pid}`));
  });

  it("makes calls that lost the one that served again with one that takes calls, whatever it says of itself", async (t) => {
    const readiness = createReadiness();
    readiness.add("store", unavailable);
    const one = await startEcho({}, { server: { build: "one", readiness } });
    t.after(() => one[Symbol.asyncDispose]());
    const two = await spawnEcho(t);
    const { client, answeredBy } = connect(t, one.server.port, two.port);
    await until(async () => (await answeredBy(2)).size === 1);
    const calls = Array.from({ length: 32 }, () => client.say({ text: "under way" }));
    await killEcho(two.child);
    await Promise.all(calls);
    assert.deepEqual(await answeredBy(20), new Set(["one"]));
  });

  it("keeps calls until one of them is back, where both are lost for a moment", async (t) => {
    const [one, two] = await Promise.all([spawnEcho(t), spawnEcho(t)]);
    const { client, answeredBy } = connect(t, one.port, two.port);
    await until(async () => (await answeredBy(2)).size === 2);
    const say = () => Array.from({ length: 16 }, () => client.say({ text: "to nobody yet" }));
    const underWay = Promise.allSettled(say());
    await Promise.all([killEcho(one.child), killEcho(two.child)]);
    const later = Promise.allSettled(say());
    const again = await spawnEcho(t, one.port);
    const ends = [...(await underWay), ...(await later)];
    assert.deepEqual(new Set(ends.map(({ status }) => status)), new Set(["fulfilled"]));
    assert.deepEqual(await answeredBy(20), new Set([`${again.child.pid}`]));
  });

  it("keeps no call longer than its caller waits", async (t) => {
    const [one, two] = await Promise.all([spawnEcho(t), spawnEcho(t)]);
    const { client, answeredBy } = connect(t, one.port, two.port);
    await until(async () => (await answeredBy(2)).size === 2);
    await Promise.all([killEcho(one.child), killEcho(two.child)]);
    const context = newContext({ deadline: Date.now() + 300 });
    const call = runInContext(context, () => client.say({ text: "to nobody" }));
    await assert.rejects(call, { code: "DEADLINE_EXCEEDED" });
  });

  it("ends the stream of a stopped one with an error", async (t) => {
    const [one, two] = await Promise.all([spawnEcho(t), spawnEcho(t)]);
    const { client, answeredBy } = connect(t, one.port, two.port);
    await until(async () => (await answeredBy(2)).size === 2);
    const streams = [1, 2].map((n) => client.list({ text: `${n}` })[Symbol.asyncIterator]());
    for (const stream of streams) assert.equal((await stream.next()).done, false);
    one.child.kill("SIGSTOP");
    await assert.rejects(Promise.race(streams.map((stream) => stream.next())), { code: "UNAVAILABLE" });
  });

  it("gives no call to one that is not ready, from the first on, and does once it is", async (t) => {
    const faults = new Set(["broken"]);
    let called = 0;
    const readiness = createReadiness();
    readiness.add("store", () => (faults.has("broken") ? unavailable() : undefined));
    const say = async (request: { text: string }) => {
      called += 1;
      return request;
    };
    const { answeredBy } = await startTwo(t, { say }, readiness);
    assert.deepEqual(await answeredBy(20), new Set(["two"]));
    assert.equal(called, 0);
    faults.clear();
    await until(async () => (await answeredBy(2)).has("one"));
  });

  it("moves the calls of one whose store has got stuck to the other", async (t) => {
    const faults = new Set<string>();
    const readiness = createReadiness();
    readiness.add("store", () => (faults.has("stuck") ? new Promise(() => {}) : undefined));
    const say = (request: { text: string }) =>
      faults.has("stuck") ? new Promise<never>(() => {}) : Promise.resolve(request);
    const { client, answeredBy } = await startTwo(t, { say }, readiness);
    await until(async () => (await answeredBy(2)).size === 2);
    faults.add("stuck");
    await Promise.all(Array.from({ length: 20 }, () => client.say({ text: "somebody answers" })));
    assert.deepEqual(await answeredBy(20), new Set(["two"]));
  });

  it("leaves the calls of one that was too busy to say it serves, but once, where they are", async (t) => {
    const answer = Promise.withResolvers<void>();
    const faults: string[] = [];
    let asked = 0;
    const readiness = createReadiness();
    readiness.add("store", () => {
      asked += 1;
      return faults.pop() === undefined ? undefined : unavailable();
    });
    const say = async (request: { text: string }) => {
      if (request.text === "slow") await answer.promise;
      return request;
    };
    const { client, build, answeredBy } = await startTwo(t, { say }, readiness);
    await until(async () => (await answeredBy(2)).size === 2);
    while (build() === "one") await answeredBy(1);
    const slow = client.say({ text: "slow" });
    const before = asked;
    faults.push("busy");
    await until(() => asked >= before + 2);
    answer.resolve();
    await slow;
    assert.equal(build(), "one");
  });

  it("calls them all while none is healthy, and says what they say", async (t) => {
    const readiness = createReadiness();
    readiness.add("store", unavailable);
    const one = await startEcho({}, { server: { build: "one", readiness } });
    const two = await startEcho({ say: unavailable }, { server: { build: "two", readiness } });
    t.after(() => one[Symbol.asyncDispose]());
    t.after(() => two[Symbol.asyncDispose]());
    assert.deepEqual(await connect(t, one.server.port, two.server.port).answeredBy(4), new Set(["one"]));
    const { client } = connect(t, two.server.port, two.server.port);
    await assert.rejects(client.say({ text: "" }), { code: "UNAVAILABLE", message: "not now" });
  });

  it("repeats no call whose repetition may do harm", async (t) => {
    const { say, ...others } = EchoDefinition.methods;
    const unsafe = { ...EchoDefinition, methods: { ...others, say: { ...say, options: {} } } };
    const one = await startEcho({ say: unavailable });
    const two = await startEcho({});
    t.after(() => one[Symbol.asyncDispose]());
    t.after(() => two[Symbol.asyncDispose]());
    const address = `127.0.0.1:${one.server.port},127.0.0.1:${two.server.port}`;
    const channel = openChannel(unsafe, { address, breaker: false });
    t.after(() => channel.close());
    await until(() =>
      channel.client.say({ text: "" }).then(
        () => false,
        ({ code }) => code === "UNAVAILABLE",
      ),
    );
  });

  it("asks for health outside the call that was first, whose deadline passes", async (t) => {
    const { client, answeredBy } = await startTwo(t);
    const first = newContext({ deadline: Date.now() + 400 });
    await runInContext(first, () => client.say({ text: "" })).catch(() => undefined);
    await until(() => Date.now() > (first.deadline ?? 0));
    await until(async () => (await answeredBy(2)).size === 2);
  });
});
