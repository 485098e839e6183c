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
      environment: z.record(z.string(), z.string()).default({}),
      ports: z.array(z.string()).default([]),
      volumes: z.array(z.string()).default([]),
      networks: z.array(z.string()),
      healthcheck: z.unknown().optional(),
      depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
    }),
  ),
  networks: z.record(z.string(), z.object({ internal: z.boolean().optional() })),
  volumes: z.record(z.string(), z.unknown()),
});

const text = await readFile(join(ROOT, "docker-compose.yml"), "utf8");
const { services, networks, volumes } = Compose.parse(parse(text, { merge: true }));
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
        const host = /([a-z-]+):\d+(\/\w+)?$/.exec(value)?.[1] ?? value;
        const shared = serviceOf(host).networks.filter((each) => service.networks.includes(each));
        assert.notDeepEqual(shared, [], `${name} cannot reach ${variable}=${value}`);
      }
    }
  });

  it("lets the outside reach OMS and Unleash alone", () => {
    const open = Object.entries(services).filter(([, { ports }]) => ports.length > 0);
    assert.deepEqual(new Set(open.map(([name]) => name)), new Set(["oms", "unleash"]));
    for (const [name, { networks: its }] of Object.entries(services)) {
      const outside = its.some((each) => networks[each]?.internal !== true);
      assert.equal(outside, name === "oms" || name === "unleash", name);
    }
  });

  it("lets Unleash alone reach its database", () => {
    const near = Object.entries(services).filter(([, { networks: its }]) =>
      its.some((each) => serviceOf("unleash-db").networks.includes(each)),
    );
    assert.deepEqual(new Set(near.map(([name]) => name)), new Set(["unleash", "unleash-db"]));
  });

  it("keeps what holds data on a volume of its own", () => {
    const mounts = Object.values(services).flatMap((service) =>
      service.volumes.map((each) => each.replace(/:.*/, "")),
    );
    assert.deepEqual(mounts.toSorted(byText), Object.keys(volumes).toSorted(byText));
    for (const { name, data } of processes) {
      const keeper = name === "unleash" ? "unleash-db" : name;
      if (data !== undefined) assert.equal(serviceOf(keeper).volumes.length, 1, name);
    }
  });

  it("holds no secret", () => {
    for (const [name, { environment }] of Object.entries(services)) {
      for (const [variable, value] of Object.entries(environment)) {
        if (/TOKEN|PASSWORD/.test(variable)) assert.match(value, /^\$\{\w+:\?/, `${name} ${variable}`);
      }
    }
  });

  it("builds ours from files that exist, on the ports everything else expects", async () => {
    const built = Object.entries(services).flatMap(([name, { build }]) =>
      build ? [{ name, ...build }] : [],
    );
    const ports: Record<string, { PORT: number; GRPC_PORT?: number }> = {
      oms: { PORT: PORTS.OMS_PORT },
      "data-kernel": { PORT: PORTS.KERNEL_HTTP_PORT, GRPC_PORT: PORTS.KERNEL_PORT },
      "embedding-service": { PORT: PORTS.EMBEDDING_HTTP_PORT, GRPC_PORT: PORTS.EMBEDDING_PORT },
    };
    assert.deepEqual(new Set(built.map(({ name }) => name)), new Set(Object.keys(ports)));
    for (const { name, dockerfile } of built) {
      const env = await environmentOf(dockerfile);
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
