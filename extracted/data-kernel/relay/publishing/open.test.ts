import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { createLogger } from "@oms/chassis/log.ts";
import { Nats } from "@oms/events/nats.fixture.ts";
import { kernelConfig } from "../../config.ts";
import { KernelProcesses } from "../process.fixture.ts";
import { type Bench, branchOn, commit, openBench, until } from "../relay.fixture.ts";
import { eventsSink } from "../sinks/events.ts";
import { openJetStream, toldOn } from "../sinks/jetstream.fixture.ts";
import { compareCommits, compareOutgoing, compareTails } from "./compare.ts";
import { type Gateway, startGateway } from "./gateway.fixture.ts";
import { GatewayStub } from "./gateway-stub.ts";
import { type OpenEvents, openEvents } from "./open.ts";

const NOWHERE = "127.0.0.1:1";

let nats: Nats;
let folder: string;
let gateway: Gateway;
let bench: Bench;
let opened: OpenEvents | undefined;
let branch: string;
let count = 0;
before(async () => {
  nats = await Nats.start();
  folder = await mkdtemp(join(tmpdir(), "relay-publishing-"));
});
after(async () => {
  await nats.stop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  gateway = await startGateway(nats);
  bench = await openBench();
  count += 1;
  branch = `test/publishing/b${count}`;
  await branchOn(bench.store, branch);
});
afterEach(async () => {
  await bench.close();
  await opened?.stop();
  opened = undefined;
  await gateway.stop();
});

function open(env: Readonly<Record<string, string>>): OpenEvents {
  const given = { NATS_URL: nats.url, EVENT_GATEWAY_URL: gateway.address, DATA_DIR: folder, ...env };
  opened = openEvents(kernelConfig.parse(given), createLogger("relay", "silent"));
  return opened;
}

const start = (env: Readonly<Record<string, string>>) =>
  bench.start([eventsSink(open(env).events, () => undefined)]).store;

const ids = async () => {
  const told = await toldOn(nats);
  return told.flatMap(({ event }) => (event["source"] === `/branches/${branch}` ? [event.id] : []));
};

const keys = (n: number) => Array.from({ length: n }, (_, i) => `k${i}`);
const idsOf = (n: number) => keys(n).map((key) => `${key}/0`);

test("without a flag the kernel publishes by itself, and the gateway hears nothing", async () => {
  const store = start({});
  for (const key of keys(10)) await commit(store, branch, key, ["a"]);
  await until(async () => (await ids()).length === 10);
  assert.deepEqual(await ids(), idsOf(10));
  assert.equal(gateway.asked, 0);
});

test("live, the gateway publishes; the expectation goes through it", async () => {
  const store = start({ USE_EVENT_GATEWAY: "true" });
  for (const key of keys(30)) await commit(store, branch, key, ["a"]);
  await until(async () => (await ids()).length === 30);
  assert.deepEqual(await ids(), idsOf(30));
  assert.equal(gateway.asked, 30);
});

test("a gateway that dies when it has published, before it says so, loses, doubles and reorders nothing", async () => {
  const store = start({ USE_EVENT_GATEWAY: "true" });
  await commit(store, branch, "k0", ["a"]);
  await until(async () => (await ids()).length === 1);
  gateway.silent = true;
  for (const key of keys(10).slice(1)) await commit(store, branch, key, ["a"]);
  await until(async () => (await ids()).length === 10);
  await gateway.stop();
  for (const key of keys(20).slice(10)) await commit(store, branch, key, ["a"]);
  await until(async () => (await ids()).length === 20);
  assert.deepEqual(await ids(), idsOf(20));
});

test("both sides would publish the same, and a shadow call publishes nothing", async () => {
  const stub = new GatewayStub(gateway.address);
  const own = openJetStream(nats);
  const subject = `test.commits.publishing.b${count}`;
  const event = { specversion: "1.0", source: `/branches/${branch}`, id: "k 0/0", type: "oms.ontology.x" };
  const messages = [{ subject, position: "p/0", event: JSON.stringify(event) }];
  const shadow = newContext({ shadow: true, evidence: true });
  const compared = await runInContext(shadow, async () => {
    const { lastSequence } = await own.tail({ subject });
    const commits = { messages, lastSequence };
    const outgoing = { env: "test", events: [{ ...event, id: "e1", specversion: "1.0" as const }] };
    const others = { messages: [...messages, ...messages], lastSequence };
    return {
      commits: compareCommits(await own.publishCommits(commits), await stub.publishCommits(commits)),
      planted: compareCommits(await own.publishCommits(commits), await stub.publishCommits(others)),
      tails: compareTails(await own.tail({ subject }), await stub.tail({ subject })),
      outgoing: compareOutgoing(await own.publishOutgoing(outgoing), await stub.publishOutgoing(outgoing)),
    };
  });
  assert.deepEqual(
    Object.entries(compared).map(([what, { outcome }]) => [what, outcome]),
    [
      ["commits", "match"],
      ["planted", "mismatch"],
      ["tails", "match"],
      ["outgoing", "match"],
    ],
  );
  assert.deepEqual(await ids(), []);
  stub.close();
  await own.close();
});

test("a kernel starts and commits with NATS, the gateway, flags and Redis all away", async () => {
  const kernels = new KernelProcesses({
    DATA_DIR: await mkdtemp(join(folder, "kernel-")),
    NATS_URL: `nats://${NOWHERE}`,
    EVENT_GATEWAY_URL: NOWHERE,
    UNLEASH_URL: `http://${NOWHERE}`,
    REDIS_URL: `redis://${NOWHERE}`,
  });
  const { child, kernel } = await kernels.start();
  await kernel.createBranch({ name: branch });
  const put = { id: "a", type: "Note", body: {} };
  const made = await kernel.commit({ branch, key: "k0", message: "as asked", writes: [{ put }] });
  assert.equal(made.repeated, false);
  kernel.close();
  child.kill("SIGTERM");
  const exit = Promise.withResolvers<number | null>();
  child.once("exit", exit.resolve);
  assert.equal(await exit.promise, 0);
});
