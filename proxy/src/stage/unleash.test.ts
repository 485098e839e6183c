import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Fields } from "../model/host.ts";
import { UnleashFlags } from "./unleash.ts";

const TOKEN = "a client's token";
const SHARE = {
  name: "flexibleRollout",
  parameters: { rollout: "100", stickiness: "author", groupId: "oms.embedding" },
  constraints: [],
};

function embedding(live: number, enabled = true) {
  const variants = [
    { name: "live", weight: live, stickiness: "author" },
    { name: "shadow", weight: 1000 - live, stickiness: "author" },
  ];
  return { name: "oms.embedding", enabled, strategies: [{ ...SHARE, variants }] };
}

/** The client API of an Unleash server on a port of its own, over HTTP. */
class FlagServer {
  features: unknown[] = [];
  token = TOKEN;
  port = 0;
  readonly #server: Server = createServer((request, response) => {
    response.statusCode = request.headers.authorization === this.token ? 200 : 401;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ version: 2, features: this.features }));
  });

  /** Again on the port it had before, if any. */
  async listen(): Promise<void> {
    this.#server.listen(this.port, "127.0.0.1");
    await once(this.#server, "listening");
    this.port = (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }
}

/** Waiting for snapshots, each as it comes. */
class Snapshots {
  #heard: (() => void)[] = [];
  readonly changed = () => {
    for (const resolve of this.#heard.splice(0)) resolve();
  };

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#heard.push(resolve));
  }
}

async function setUp(t: TestContext) {
  const server = new FlagServer();
  await server.listen();
  const backupDir = mkdtempSync(join(tmpdir(), "strangler-flags-"));
  const warnings: string[] = [];
  const follow = () => {
    const snapshots = new Snapshots();
    const options = {
      url: `http://127.0.0.1:${server.port}`,
      token: TOKEN,
      appName: "oms",
      environment: "development",
      refreshMs: 50,
      backupDir,
    };
    const log = { info: () => {}, warn: (_: object, message: string) => warnings.push(message) };
    const flags = new UnleashFlags(options, log, snapshots.changed);
    t.after(() => flags.stop());
    const stage = (fields: Fields = { author: "alice@oms" }) => flags.flag("oms.embedding")?.stageFor(fields);
    return { flags, snapshots, stage };
  };
  t.after(async () => {
    await server.close();
    rmSync(backupDir, { recursive: true, force: true, maxRetries: 5 });
  });
  return { server, follow, warnings };
}

test("a flag is known after the start, its flip soon after", async (t) => {
  const { server, follow } = await setUp(t);
  server.features = [embedding(0)];
  const { flags, snapshots, stage } = follow();
  await flags.start();
  assert.equal(stage(), "shadow");
  assert.equal(flags.fresh, true);
  server.features = [embedding(1000)];
  await snapshots.until(() => stage() === "live");
  server.features = [embedding(1000, false)];
  await snapshots.until(() => stage() === "in-process");
});

test("a flag that was never seen is unknown", async (t) => {
  const { follow } = await setUp(t);
  const { flags, stage } = follow();
  await flags.start();
  assert.equal(stage(), undefined);
});

test("an author keeps its side over instances, restarts and a growing share", async (t) => {
  const { server, follow } = await setUp(t);
  server.features = [embedding(100)];
  const [a, b] = [follow(), follow()];
  await Promise.all([a.flags.start(), b.flags.start()]);
  const authors = Array.from({ length: 1000 }, (_, i) => ({ author: `user${i}@oms` }));
  const at10 = authors.map((fields) => a.stage(fields));
  assert.deepEqual(
    authors.map((fields) => b.stage(fields)),
    at10,
  );
  const live = at10.filter((stage) => stage === "live").length;
  assert.ok(live > 60 && live < 140, `${live} of 1000 are live at 10 %`);

  a.flags.stop();
  const again = follow();
  await again.flags.start();
  assert.deepEqual(
    authors.map((fields) => again.stage(fields)),
    at10,
  );

  server.features = [embedding(500)];
  await again.snapshots.until(() => authors.filter((fields) => again.stage(fields) === "live").length > 300);
  authors.forEach((fields, i) => {
    if (at10[i] === "live") assert.equal(again.stage(fields), "live");
  });
});

test("the server away, the last known flags hold, also over a restart, and a flip is seen when it is back", async (t) => {
  const { server, follow } = await setUp(t);
  server.features = [embedding(1000)];
  const first = follow();
  await first.flags.start();
  assert.equal(first.stage(), "live");
  await server.close();
  assert.equal(first.stage(), "live");
  first.flags.stop();

  const second = follow();
  await second.flags.start();
  assert.equal(second.stage(), "live");
  assert.equal(second.flags.fresh, false);

  server.features = [embedding(0)];
  await server.listen();
  await second.snapshots.until(() => second.stage() === "shadow");
  assert.equal(second.flags.fresh, true);
});

test("a refused token leaves every flag unknown, says so, and is tried again later", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { server, follow, warnings } = await setUp(t);
  server.features = [embedding(1000)];
  server.token = "another token";
  const { flags, snapshots, stage } = follow();
  await flags.start();
  assert.equal(stage(), undefined);
  assert.deepEqual(warnings, ["flags cannot be read: the last known ones hold"]);
  server.token = TOKEN;
  t.mock.timers.tick(30_000);
  await snapshots.until(() => stage() === "live");
});
