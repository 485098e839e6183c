import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { InMemStorageProvider, Unleash } from "unleash-client";
import { setStage, type Target } from "./admin.ts";
import { AdminApi, type ServerStrategy, type UnleashAddress } from "./admin-api.ts";
import { changesTo } from "./change.ts";
import { definitions } from "./definitions.ts";
import { DEVELOPMENT_ADMIN_TOKEN, DEVELOPMENT_CLIENT_TOKEN } from "./embedded/config.ts";
import { type Spawned, spawnUnleash, stopUnleash } from "./embedded/spawn.ts";
import { push, readServer } from "./push.ts";
import { standingOf } from "./standing.ts";

const FLAG = "oms.embedding";
const AUTHORS = Array.from({ length: 400 }, (_, i) => `author-${i}@oms`);

async function everyoneOn(api: AdminApi, flag: string): Promise<ServerStrategy> {
  const found = (await api.flag(flag))?.strategies.find(({ title }) => title === "everyone");
  assert.ok(found, `${flag} has a strategy everyone`);
  return found;
}

/** An Unleash client of its own, as one OMS instance has it, and the stages it sees once `seen` holds. */
class Client {
  readonly #unleash: Unleash;

  constructor({ url }: UnleashAddress) {
    this.#unleash = new Unleash({
      url: `${url}/api`,
      appName: "flags-test",
      environment: "development",
      customHeaders: { authorization: DEVELOPMENT_CLIENT_TOKEN },
      refreshInterval: 200,
      disableMetrics: true,
      skipInstanceCountWarning: true,
      storageProvider: new InMemStorageProvider(),
    });
    this.#unleash.on("error", (error) => assert.fail(error));
  }

  async stages(flag: string, seen: (stages: readonly string[]) => boolean): Promise<string[]> {
    if (!this.#unleash.isSynchronized()) await once(this.#unleash, "synchronized");
    for (;;) {
      const stages = AUTHORS.map((author) => {
        const { name, feature_enabled } = this.#unleash.getVariant(flag, { properties: { author } });
        return feature_enabled ? name : "in-process";
      });
      if (seen(stages)) return stages;
      await once(this.#unleash, "changed");
    }
  }

  close(): void {
    this.#unleash.destroy();
  }
}

describe("flags on a real Unleash", () => {
  const dataDir = mkdtempSync(join(tmpdir(), "flags-test-"));
  let server: Spawned;
  let address: UnleashAddress;
  let api: AdminApi;

  async function start(): Promise<void> {
    server = await spawnUnleash(dataDir);
    address = { url: server.url, token: DEVELOPMENT_ADMIN_TOKEN, environment: "development" };
    api = new AdminApi(address);
  }

  before(start);
  after(async () => {
    await stopUnleash(server, "SIGKILL");
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  });

  test("a push creates every flag, off, and a second push finds nothing to do", async () => {
    const first = await push(api, definitions, "");
    assert.ok(first.some(({ kind }) => kind === "create flag"));
    assert.deepEqual(await push(api, definitions, ""), []);
    for (const { name, strategies } of definitions.flags) {
      const found = await api.flag(name);
      assert.ok(found);
      assert.equal(standingOf(found).enabled, false);
      assert.deepEqual(standingOf(found).percent, { live: 0, shadow: 100 });
      assert.equal((await everyoneOn(api, name)).parameters["stickiness"], strategies[0]?.stickiness);
    }
  });

  test("a release manager edits one number: shadow gets the rest, and a push leaves both", async () => {
    const everyone = await everyoneOn(api, FLAG);
    const [live, shadow] = everyone.variants;
    assert.ok(live && shadow);
    const session = await logIn(address.url);
    const { id, ...body } = { ...everyone, variants: [{ ...live, weight: 370 }, shadow] };
    const path = `/api/admin/projects/default/features/${FLAG}/environments/development/strategies/${id}`;
    const saved = await fetch(new URL(path, address.url), {
      method: "PUT",
      headers: { cookie: session, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    assert.equal(saved.status, 200);
    assert.deepEqual(await push(api, definitions, ""), []);
    const { variants } = await everyoneOn(api, FLAG);
    assert.deepEqual(
      variants.map(({ name, weight }) => ({ name, weight })),
      [
        { name: "live", weight: 370 },
        { name: "shadow", weight: 630 },
      ],
    );
  });

  test("a structure somebody broke is seen, and the repair keeps the live weight", async () => {
    const everyone = await everyoneOn(api, FLAG);
    await api.updateStrategy(FLAG, {
      ...everyone,
      parameters: { ...everyone.parameters, stickiness: "default", rollout: "40" },
    });
    const drift = changesTo(definitions, await readServer(api, definitions, ""), "");
    assert.equal(drift.length, 1);
    assert.match(drift[0]?.because ?? "", /rollout is 40 %.*stickiness is default/);
    await push(api, definitions, "");
    assert.deepEqual(await everyoneOn(api, FLAG), everyone);
  });

  test("the command line's diff exits 1 on drift, its push repairs, and then diff exits 0", async () => {
    await api.describeFlag(FLAG, "something else");
    assert.equal(await flags(address, "diff"), 1);
    assert.equal(await flags(address, "push"), 0);
    assert.equal(await flags(address, "diff"), 0);
  });

  test("a prefix gives a story a flag of its own", async () => {
    await push(api, definitions, "story-1.");
    await setStage(address, `story-1.${FLAG}`, { livePercent: 100 });
    assert.deepEqual((await everyoneOn(api, FLAG)).variants[0]?.weight, 370);
  });

  test("clients agree on every author's stage, and an author who is live stays live as the share grows", async () => {
    const clients = [new Client(address), new Client(address)];
    const moveTo = async (target: Target, seen: (stages: readonly string[]) => boolean) => {
      await setStage(address, FLAG, target);
      const [one, other] = await Promise.all(clients.map((client) => client.stages(FLAG, seen)));
      assert.ok(one);
      assert.deepEqual(one, other);
      return one;
    };
    const share = (stages: readonly string[]) =>
      stages.filter((stage) => stage === "live").length / stages.length;
    try {
      await moveTo("shadow", (stages) => stages.every((stage) => stage === "shadow"));
      const tenth = await moveTo({ livePercent: 10 }, (stages) => share(stages) > 0);
      const half = await moveTo({ livePercent: 50 }, (stages) => share(stages) > share(tenth));
      assert.ok(share(tenth) > 0.04 && share(tenth) < 0.17, `10 % of the authors are live: ${share(tenth)}`);
      assert.ok(share(half) > 0.4 && share(half) < 0.6, `50 % of the authors are live: ${share(half)}`);
      assert.deepEqual(
        tenth.flatMap((stage, i) => (stage === "live" ? [half[i]] : [])),
        tenth.filter((stage) => stage === "live"),
      );
      await moveTo({ livePercent: 100 }, (stages) => share(stages) === 1);
      await moveTo("complete", (stages) => stages.every((stage) => stage === "complete"));
      assert.deepEqual(await push(api, definitions, ""), [], "complete is no drift");
      await moveTo("in-process", (stages) => stages.every((stage) => stage === "in-process"));
      await moveTo({ livePercent: 10 }, (stages) => share(stages) > 0);
    } finally {
      for (const client of clients) client.close();
    }
  });

  test("a flag that was never pushed cannot be moved", async () => {
    await assert.rejects(setStage(address, "oms.unheard", "shadow"), /push the flags first/);
    await assert.rejects(setStage(address, FLAG, { livePercent: 101 }), /from 0 to 100/);
  });

  test("the event log names who moved the flag", async () => {
    const response = await fetch(new URL("/api/admin/events?limit=50", address.url), {
      headers: { authorization: DEVELOPMENT_ADMIN_TOKEN },
    });
    const { events } = (await response.json()) as { events: { type: string; createdBy: string }[] };
    const movers = events
      .filter(({ type }) => type === "feature-strategy-update")
      .map(({ createdBy }) => createdBy);
    assert.ok(movers.includes("oms-admin") && movers.includes("admin"), movers.join(", "));
  });

  test("a second process on the same directory is refused, and told who has it", async () => {
    const holder = new RegExp(`in use by process ${server.process.pid}`);
    await assert.rejects(spawnUnleash(dataDir), holder);
  });

  test("killed and started again it holds the same flags, and SIGTERM stops it cleanly", async () => {
    const held = await api.flag(FLAG);
    await stopUnleash(server, "SIGKILL");
    await start();
    assert.deepEqual(await api.flag(FLAG), held);
    assert.deepEqual(await push(api, definitions, ""), []);
    assert.equal(await stopUnleash(server, "SIGTERM"), 0);
  });
});

async function flags({ url }: UnleashAddress, command: string): Promise<number | null> {
  const cli = spawn(process.execPath, [join(import.meta.dirname, "cli.ts"), command, "--url", url], {
    env: { PATH: process.env["PATH"] },
    stdio: "ignore",
  });
  const [code] = (await once(cli, "exit")) as [number | null];
  return code;
}

async function logIn(url: string): Promise<string> {
  const response = await fetch(new URL("/auth/simple/login", url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "admin", password: "unleash4all" }),
  });
  assert.equal(response.status, 200);
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0])
    .join("; ");
}
