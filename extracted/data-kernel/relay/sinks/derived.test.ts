import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { currentContext } from "@oms/chassis/context/context.ts";
import { invalid } from "@oms/chassis/errors/service-error.ts";
import { startGrpcServer } from "@oms/chassis/grpc-server.ts";
import { createLogger } from "@oms/chassis/log.ts";
import { createMetrics } from "@oms/chassis/metrics.ts";
import { createReadiness } from "@oms/chassis/readiness.ts";
import { EmbeddingServiceDefinition, type StoreRequest } from "@oms/protos/oms/embedding/v1/embedding.ts";
import { commitOf, put } from "../../store/conformance/fixture.ts";
import type { Write } from "../../store/port.ts";
import { type Bench, branchOn, openBench, until } from "../relay.fixture.ts";
import { statusOf } from "../status.ts";
import { derivedSink } from "./derived.ts";

const VERSION = "use-lite-1";
const BRANCH = "test/oms/main";

let bench: Bench;
let server: { port: number; stop: () => Promise<void> };
let stored: (Pick<StoreRequest, "id" | "type" | "branch" | "text"> & {
  key: string | undefined;
  traceparent: string;
})[] = [];

/** The service's Store as its .proto has it, and no model: what it is asked is what matters here. */
async function store({ modelVersion, id, type, branch, text }: StoreRequest) {
  if (modelVersion !== VERSION) throw invalid("modelVersion", `must be ${VERSION}`);
  const { key, traceparent } = currentContext();
  if (id === "refused") throw invalid("text", "must have at most 100000 characters");
  stored.push({ id, type, branch, text, key, traceparent });
  return { modelVersion };
}

before(async () => {
  const none = (): never => assert.fail("only Store is called");
  server = await startGrpcServer(
    {
      service: "embedding-service",
      host: "127.0.0.1",
      port: 0,
      logger: createLogger("test", "silent"),
      metrics: createMetrics("test"),
      readiness: createReadiness(),
      build: "test",
    },
    (grpc) =>
      grpc.add(EmbeddingServiceDefinition, {
        store,
        embed: none,
        embedBatch: none,
        embedStream: none,
        similarity: none,
        search: none,
      }),
  );
});
after(() => server.stop());
beforeEach(async () => {
  stored = [];
  bench = await openBench();
  await branchOn(bench.store, BRANCH);
});

const sink = (modelVersion = VERSION) =>
  derivedSink({ store: bench.store, address: `127.0.0.1:${server.port}`, modelVersion });

const city = (id: string, name: string): Write =>
  put(`Object/${id}`, JSON.stringify({ id, type: "City", properties: { name } }), "Object/City");

test("every changed object is embedded as it now is, nothing else, and one that is gone is made unfindable", async (t) => {
  t.after(() => bench.close());
  await bench.store.commit(commitOf(BRANCH, [city("oslo", "Oslo"), put("ObjectType/City", "{}")]));
  await bench.store.commit(commitOf(BRANCH, [city("oslo", "Oslo by the fjord"), city("gone", "Gone")]));
  await bench.store.commit(commitOf(BRANCH, [{ delete: "Object/gone" }]));
  await branchOn(bench.store, "test/embedding/main");
  await bench.store.commit(commitOf("test/embedding/main", [city("index", "no object")]));
  bench.start([sink()]);
  await until(() => stored.length === 4);
  const asked = stored.map(({ id, text, branch }) => [id, text, branch]);
  const oslo = ["oslo", "Oslo by the fjord", "main"];
  assert.deepEqual(asked, [oslo, oslo, ["gone", "", "main"], ["gone", "", "main"]]);
  assert.equal(stored[0]?.key, stored[1]?.key);
  assert.match(stored[0]?.traceparent ?? "", /^00-0af7651916cd43dd8448eb211c80319c-/);
});

test("an object that the service refuses parks; another model than is wanted is tried again", async (t) => {
  t.after(() => bench.close());
  await bench.store.commit(commitOf(BRANCH, [city("refused", "x"), city("oslo", "Oslo")]));
  const { relay } = bench.start([sink()]);
  await until(() => stored.length === 1);
  const parked = async () => (await statusOf(bench.store, { sinks: ["derived"], nowMs: 0 })).parked;
  await until(async () => (await parked()).length === 1);
  await relay.stop();
  bench.start([sink("another")]);
  await bench.store.commit(commitOf(BRANCH, [city("bergen", "Bergen")]));
  const trouble = async () =>
    (await statusOf(bench.store, { sinks: ["derived"], nowMs: 0 })).lines[0]?.trouble;
  await until(async () => /modelVersion/.test((await trouble())?.error ?? ""));
  assert.equal((await parked()).length, 1);
});
