import assert from "node:assert/strict";
import { test } from "node:test";
import { PORTS, readSettings } from "./settings.ts";
import { addressesOf, reachOf } from "./system/addresses.ts";
import { commonEnvironment, systemOf } from "./system.ts";

const SERVERS = { redis: "redis-server", nats: "nats-server" };
const namesWith = (env: NodeJS.ProcessEnv) =>
  systemOf(readSettings(env, "/repo"), SERVERS).map(({ name }) => name);

test("nothing given: every port is where the documents say", () => {
  const settings = readSettings({}, "/repo");
  assert.deepEqual(settings.ports, PORTS);
  assert.equal(settings.runDirectory, "/repo/.run");
  assert.equal(settings.modelDirectory, "/repo/.services/models/use-lite");
});

test("an offset moves every port but those given by themselves", () => {
  const { ports } = readSettings({ PORT_OFFSET: "1000", OMS_PORT: "8090" }, "/repo");
  assert.equal(ports.OMS_PORT, 8090);
  assert.equal(ports.REDIS_PORT, PORTS.REDIS_PORT + 1000);
});

test("every wrong setting is told at once, by name", () => {
  const env = { OMS_PORT: "http", REDIS_PORT: "70000", UNLEASH_URL: "unleash:4242" };
  assert.throws(() => readSettings(env, "/repo"), /OMS_PORT.*REDIS_PORT.*UNLEASH_URL/s);
});

test("what is given by address is not started, and is what the others are told", () => {
  const env = { REDIS_URL: "redis://cache:6379", NATS_URL: "nats://bus:4222", KERNEL_URL: "kernel:50051" };
  const scheduler = ["scheduler-api", "scheduler-worker"];
  assert.deepEqual(namesWith(env), [
    "unleash",
    "push flags",
    "embedding-service",
    ...scheduler,
    "event-gateway",
    "oms",
    "seed",
  ]);
  const elsewhere = { ...env, SCHEDULER_URL: "scheduler:50056", EVENT_GATEWAY_URL: "events:50057" };
  const started = namesWith(elsewhere);
  assert.ok([...scheduler, "event-gateway"].every((name) => !started.includes(name)));
  const reach = reachOf(readSettings(elsewhere, "/repo"));
  assert.equal(reach["SCHEDULER_URL"], "scheduler:50056");
  assert.equal(reach["EVENT_GATEWAY_URL"], "events:50057");
  const settings = readSettings(env, "/repo");
  const service = systemOf(settings, SERVERS).find(({ name }) => name === "embedding-service");
  assert.equal(service?.env.REDIS_URL, "redis://cache:6379");
  assert.equal(service?.env.KERNEL_URL, "kernel:50051");
  assert.equal(addressesOf(settings).nats, "nats://bus:4222");
});

test("flags are pushed to a foreign flag server only with a token for it", () => {
  const foreign = { UNLEASH_URL: "https://flags.example" };
  assert.ok(!namesWith(foreign).includes("push flags"));
  assert.ok(namesWith({ ...foreign, UNLEASH_ADMIN_TOKEN: "*:*.theirs" }).includes("push flags"));
});

test("a model of the user's own is never written to", () => {
  assert.equal(readSettings({}, "/repo").convertsModel, true);
  assert.equal(readSettings({ EMBEDDING_MODEL_DIR: "/models/minilm" }, "/repo").convertsModel, false);
});

test("no two processes share a port or a name", () => {
  const specs = systemOf(readSettings({}, "/repo"), SERVERS);
  const ports = specs.flatMap((spec) => spec.ports.map(({ port }) => port));
  assert.equal(new Set(ports).size, ports.length);
  assert.equal(new Set(specs.map(({ name }) => name)).size, specs.length);
});

test("TerminusDB's address and credentials are given to the kernels, and inherited by nobody", () => {
  const store = {
    TERMINUSDB_URL: "http://truth:6363",
    TERMINUSDB_USER: "admin",
    TERMINUSDB_PASSWORD: "of admin",
  };
  const specs = systemOf(readSettings(store, "/repo"), SERVERS);
  for (const { name, env } of specs) {
    const held = Object.keys(env).filter((variable) => variable in store);
    assert.deepEqual(held, name.startsWith("data-kernel") ? Object.keys(store) : [], name);
  }
  assert.deepEqual(commonEnvironment({ ...store, PATH: "/bin" }), { PATH: "/bin" });
});
