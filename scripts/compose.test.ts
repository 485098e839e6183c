import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { z } from "zod";
import { ROOT } from "./root.ts";
import { PORTS, readSettings } from "./settings.ts";
import { systemOf } from "./system.ts";

const Compose = z.object({
  services: z.record(
    z.string(),
    z.object({
      image: z.string().optional(),
      build: z.object({ dockerfile: z.string() }).optional(),
      command: z.unknown().optional(),
      environment: z.record(z.string(), z.string()).default({}),
      ports: z.array(z.string()).default([]),
      volumes: z.array(z.string()).default([]),
      networks: z.array(z.string()).default([]),
      healthcheck: z.unknown().optional(),
      depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
    }),
  ),
  networks: z.record(z.string(), z.object({ internal: z.boolean().optional() })),
  volumes: z.record(z.string(), z.unknown()),
});

const read = async (file: string) =>
  Compose.parse(parse(await readFile(join(ROOT, file), "utf8"), { merge: true }));
const { services, networks, volumes } = await read("docker-compose.yml");
const KERNELS = ["data-kernel", "data-kernel-2"];
const system = systemOf(readSettings({}, ROOT), { redis: "redis-server", nats: "nats-server" });
const processes = system.filter(({ ports }) => ports.length > 0);
const byText = (a: string, b: string) => a.localeCompare(b);
const serviceOf = (name: string) => {
  const service = services[name];
  assert.ok(service, `${name} is not in docker-compose.yml`);
  return service;
};

/** The last stage's ENV of an image we build. */
async function environmentOf(dockerfile: string): Promise<Record<string, string>> {
  const lines = await readFile(join(ROOT, dockerfile), "utf8");
  const pairs = lines.match(/^ENV (.*)$/m)?.[1]?.split(" ") ?? [];
  return Object.fromEntries(pairs.map((pair) => pair.split("=", 2)));
}

describe("docker-compose.yml", () => {
  it("runs the processes of the system, and Unleash's database", () => {
    const expected = [...processes.map(({ name }) => name), "unleash-db"];
    assert.deepEqual(new Set(Object.keys(services)), new Set(expected));
  });

  it("starts a process after the processes it needs are healthy", () => {
    const names = new Set(processes.map(({ name }) => name));
    for (const { name, needs } of processes) {
      const expected = needs.filter((need) => names.has(need));
      const waitsFor = Object.keys(serviceOf(name).depends_on).filter((each) => names.has(each));
      assert.deepEqual(new Set(waitsFor), new Set(expected), name);
    }
    for (const { depends_on } of Object.values(services)) {
      for (const { condition } of Object.values(depends_on)) assert.equal(condition, "service_healthy");
    }
  });

  it("names addresses of services on a network both are on", () => {
    for (const [name, service] of Object.entries(services)) {
      for (const [variable, value] of Object.entries(service.environment)) {
        if (!variable.endsWith("_URL")) continue;
        for (const each of value.split(",")) {
          const host = /([a-z0-9-]+):\d+(\/\w+)?$/.exec(each)?.[1] ?? each;
          const shared = serviceOf(host).networks.filter((each) => service.networks.includes(each));
          assert.notDeepEqual(shared, [], `${name} cannot reach ${variable}=${value}`);
        }
      }
    }
  });

  it("tells OMS and the kernels of one gateway and one NATS, and the kernels of flags as OMS", () => {
    const oms = serviceOf("oms").environment;
    assert.equal(oms["EVENT_GATEWAY_URL"], `event-gateway:${PORTS.EVENT_GATEWAY_PORT}`);
    const alike = ["EVENT_GATEWAY_URL", "NATS_URL", "REDIS_URL", "UNLEASH_URL", "UNLEASH_ENVIRONMENT"];
    for (const { environment } of KERNELS.map(serviceOf))
      for (const variable of alike) assert.equal(environment[variable], oms[variable], variable);
    assert.equal(serviceOf("event-gateway").environment["NATS_URL"], oms["NATS_URL"]);
  });

  it("lets the outside reach OMS and Unleash alone, and lets out whose calls go to the outside", () => {
    const open = Object.entries(services).filter(([, { ports }]) => ports.length > 0);
    assert.deepEqual(new Set(open.map(([name]) => name)), new Set(["oms", "unleash"]));
    for (const [name, { networks: its }] of Object.entries(services)) {
      const open = its.filter((each) => networks[each]?.internal !== true);
      const callsOut = name === "event-gateway" || name === "scheduler-worker";
      assert.deepEqual(open, callsOut ? ["outside"] : name === "oms" || name === "unleash" ? ["edge"] : []);
    }
  });

  it("lets Unleash alone reach its database", () => {
    const near = Object.entries(services).filter(([, { networks: its }]) =>
      its.some((each) => serviceOf("unleash-db").networks.includes(each)),
    );
    assert.deepEqual(new Set(near.map(([name]) => name)), new Set(["unleash", "unleash-db"]));
  });

  it("runs two kernels on one volume, alike in all, and tells everyone of both", () => {
    const [one, two] = KERNELS.map(serviceOf);
    assert.deepEqual(one, two);
    const told = Object.values(services).flatMap(({ environment }) => environment["KERNEL_URL"] ?? []);
    assert.ok(told.length > 0);
    for (const each of told) assert.equal(each, KERNELS.map((name) => `${name}:${PORTS.KERNEL_PORT}`).join());
  });

  it("runs the scheduler's processes from one image, and tells OMS of the one that answers", () => {
    const [api, worker] = ["scheduler-api", "scheduler-worker"].map(serviceOf);
    assert.deepEqual(worker?.build, api?.build);
    assert.deepEqual(worker?.command, ["worker", "run"]);
    assert.equal(serviceOf("oms").environment["SCHEDULER_URL"], `scheduler-api:${PORTS.SCHEDULER_PORT}`);
  });

  it("keeps what holds data on a volume of its own", () => {
    const alone = Object.entries(services).filter(([name]) => name !== "data-kernel-2");
    const mounts = alone.flatMap(([, service]) => service.volumes.map((each) => each.replace(/:.*/, "")));
    assert.deepEqual(mounts.toSorted(byText), Object.keys(volumes).toSorted(byText));
    for (const { name, data } of processes) {
      const keeper = name === "unleash" ? "unleash-db" : name;
      if (data !== undefined) assert.equal(serviceOf(keeper).volumes.length, 1, name);
    }
  });

  it("holds no secret", () => {
    for (const [name, { environment }] of Object.entries(services)) {
      for (const [variable, value] of Object.entries(environment)) {
        if (/TOKEN|PASSWORD|KEY/.test(variable)) assert.match(value, /^\$\{\w+:\?/, `${name} ${variable}`);
      }
    }
  });

  it("builds ours from files that exist, on the ports everything else expects", async () => {
    const built = Object.entries(services).flatMap(([name, { build }]) =>
      build ? [{ name, ...build }] : [],
    );
    const kernel = { PORT: PORTS.KERNEL_HTTP_PORT, GRPC_PORT: PORTS.KERNEL_PORT };
    const ports: Record<string, { PORT: number; GRPC_PORT?: number }> = {
      oms: { PORT: PORTS.OMS_PORT },
      "data-kernel": kernel,
      "data-kernel-2": kernel,
      "scheduler-worker": { PORT: PORTS.SCHEDULER_WORKER_HTTP_PORT },
      "scheduler-api": { PORT: PORTS.SCHEDULER_HTTP_PORT, GRPC_PORT: PORTS.SCHEDULER_PORT },
      "event-gateway": { PORT: PORTS.EVENT_GATEWAY_HTTP_PORT, GRPC_PORT: PORTS.EVENT_GATEWAY_PORT },
      "embedding-service": { PORT: PORTS.EMBEDDING_HTTP_PORT, GRPC_PORT: PORTS.EMBEDDING_PORT },
    };
    assert.deepEqual(new Set(built.map(({ name }) => name)), new Set(Object.keys(ports)));
    for (const { name, dockerfile } of built) {
      const env = { ...(await environmentOf(dockerfile)), ...serviceOf(name).environment };
      for (const [variable, port] of Object.entries(ports[name] ?? {}))
        assert.equal(env[variable], `${port}`, name);
      const copied = (await readFile(join(ROOT, dockerfile), "utf8")).matchAll(/^COPY (?!--from)(.*) \S+$/gm);
      for (const [, sources = ""] of copied) {
        for (const source of sources.split(" "))
          assert.ok(existsSync(join(ROOT, source)), `${dockerfile}: ${source}`);
      }
    }
  });

  it("asks every service for its health", async () => {
    for (const [name, { build, healthcheck }] of Object.entries(services)) {
      const image = build ? await readFile(join(ROOT, build.dockerfile), "utf8") : "";
      assert.ok(healthcheck !== undefined || /^HEALTHCHECK .*\/health/m.test(image), name);
    }
  });
});

describe("docker-compose.terminusdb.yml", async () => {
  const over = await read("docker-compose.terminusdb.yml");
  const database = over.services["terminusdb"];

  it("gives TerminusDB's address and credentials to the kernels alone", () => {
    const both = [...Object.entries(services), ...Object.entries(over.services)];
    const holders = both.filter(([, { environment }]) =>
      Object.entries(environment).some((pair) => /terminusdb/i.test(pair.join())),
    );
    assert.deepEqual(new Set(holders.map(([name]) => name)), new Set([...KERNELS, "terminusdb"]));
    for (const name of KERNELS) {
      const held = Object.keys(over.services[name]?.environment ?? {}).toSorted(byText);
      assert.deepEqual(held, [
        "TERMINUSDB_PASSWORD",
        "TERMINUSDB_SCHEDULER_DATABASE",
        "TERMINUSDB_URL",
        "TERMINUSDB_USER",
      ]);
    }
  });

  it("lets no service but the kernels reach TerminusDB, and nothing from outside", () => {
    assert.deepEqual([database?.networks, database?.ports], [["truth"], []]);
    assert.equal(over.networks["truth"]?.internal, true);
    const both = [...Object.entries(services), ...Object.entries(over.services)];
    const near = both.filter(([, { networks }]) => networks.includes("truth")).map(([name]) => name);
    assert.deepEqual(new Set(near), new Set([...KERNELS, "terminusdb"]));
  });

  it("changes nothing of any other service, and holds no secret", () => {
    assert.deepEqual(new Set(Object.keys(over.services)), new Set([...KERNELS, "terminusdb"]));
    for (const { environment } of Object.values(over.services)) {
      for (const [variable, value] of Object.entries(environment)) {
        if (/PASS/.test(variable)) assert.match(value, /^\$\{\w+:\?/, variable);
      }
    }
  });

  it("waits for TerminusDB, whose data is on a volume of its own", () => {
    for (const name of KERNELS) assert.ok(over.services[name]?.depends_on["terminusdb"], name);
    assert.ok(database?.healthcheck);
    assert.deepEqual(
      database.volumes.map((each) => each.replace(/:.*/, "")),
      Object.keys(over.volumes),
    );
  });
});
