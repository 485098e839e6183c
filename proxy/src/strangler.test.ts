import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Redis } from "ioredis";
import { readLedger } from "./ledger/reader.ts";
import type { Capability } from "./model/capability.ts";
import type { Host } from "./model/host.ts";
import type { Log } from "./model/log.ts";
import { authorityOf } from "./plan/plan.ts";
import { type OwnRedis, startRedis } from "./redis.fixture.ts";
import { openRedis } from "./redis.ts";
import { ceilingKey } from "./stage/ceiling.ts";
import { strangle } from "./strangle.ts";
import { createStrangler } from "./strangler.ts";

type Texts = {
  readonly length: (text: string) => Promise<number>;
  readonly upper: (text: string) => Promise<string>;
};

const host: Host = {
  fields: () => ({ author: "alice@oms" }),
  key: () => undefined,
  shadow: () => false,
  enter: (_call, run) => run(),
  isAnswer: () => false,
  unavailable: (failure, what) => new Error(`${what}: ${failure}`),
};
const same = (a: unknown, b: unknown) =>
  a === b ? ({ outcome: "match" } as const) : ({ outcome: "mismatch", because: "values differ" } as const);

const texts: Capability<Texts> = {
  name: "texts",
  inProcess: async () => ({ length: async (text) => text.length, upper: async () => "in-process" }),
  extracted: async () => ({ length: async (text) => text.length, upper: async () => "extracted" }),
  methods: {
    length: { effect: "read", compare: same },
    upper: { effect: "read", compare: same, fields: (text) => ({ jobId: text }) },
  },
  builds: () => ({ inProcess: "oms-1", extracted: "texts-1" }),
};
const quiet: Log = { info: () => {}, warn: () => {} };

function set() {
  const strangler = createStrangler(host);
  return { strangler, door: strangle(texts, strangler) };
}

test("before the start every call is in-process, and a strangler that never starts needs no stop", async () => {
  assert.equal(await set().door.upper("a"), "in-process");
});

test("an override that cannot be read refuses to start", async () => {
  const { strangler } = set();
  await assert.rejects(
    strangler.start({ overrides: { texts: "yes" }, log: quiet }),
    /must be "true" or "false"/,
  );
});

test("without flag server and Redis the override alone decides", async () => {
  for (const [override, side] of [
    ["true", "extracted"],
    ["false", "in-process"],
    [undefined, "in-process"],
  ] as const) {
    const { strangler, door } = set();
    await strangler.start({ overrides: { texts: override }, log: quiet });
    assert.equal(await door.upper("a"), side);
    await strangler.stop();
  }
});

describe("with a real Redis and flags over HTTP", () => {
  let server: OwnRedis;
  let redis: Redis;
  let features: unknown[] = [];
  const flagServer = createServer((_request, response) =>
    response.end(JSON.stringify({ version: 2, features })),
  );
  const backupDir = mkdtempSync(join(tmpdir(), "strangler-"));

  before(async () => {
    server = await startRedis();
    redis = openRedis(server.url);
    await redis.connect();
    flagServer.listen(0, "127.0.0.1");
    await once(flagServer, "listening");
  });
  after(async () => {
    redis.disconnect();
    await server.stop();
    flagServer.close();
    flagServer.closeAllConnections();
    rmSync(backupDir, { recursive: true, force: true, maxRetries: 5 });
  });

  async function start(keyPrefix: string, override?: string) {
    const { strangler, door } = set();
    await strangler.start({
      flags: {
        url: `http://127.0.0.1:${(flagServer.address() as AddressInfo).port}`,
        token: "t",
        appName: `test ${keyPrefix}`,
        environment: "development",
        refreshMs: 60_000,
        prefix: "story-",
        backupDir,
      },
      redis: { url: server.url, keyPrefix },
      overrides: { texts: override },
      log: quiet,
    });
    return { strangler, door };
  }

  function flag(variant: string) {
    const parameters = { rollout: "100", stickiness: "author", groupId: "g" };
    const variants = [{ name: variant, weight: 1000, stickiness: "author" }];
    return {
      name: "story-oms.texts",
      enabled: true,
      strategies: [{ name: "flexibleRollout", parameters, constraints: [], variants }],
    };
  }

  test("the flag decides, and the ledger's counts add up to the calls made", async () => {
    features = [flag("shadow")];
    const { strangler, door } = await start("shadow:");
    assert.deepEqual(
      strangler.status().capabilities.map((one) => one.source),
      ["flag"],
    );
    for (let i = 0; i < 50; i++) {
      assert.equal(await door.length("abc"), 3);
      assert.equal(await door.upper("abc"), "in-process");
    }
    await strangler.idle();
    const { pairs } = await readLedger(redis, "shadow:", "texts");
    assert.equal(pairs.length, 1);
    assert.deepEqual(pairs[0]?.builds, { inProcess: "oms-1", extracted: "texts-1" });
    const found = pairs[0]?.methods.map(({ method, stage, tally }) => [
      method,
      stage,
      tally.calls["in-process"].value,
      tally.compared.match,
      tally.compared.mismatch,
    ]);
    assert.deepEqual(found, [
      ["length", "shadow", 50, 50, 0],
      ["upper", "shadow", 50, 0, 50],
    ]);
    assert.ok((pairs[0]?.samples.length ?? 0) > 0);
    await strangler.stop();
  });

  test("what a call names has the stage that its calls have, and a call that names nothing is in-process", async () => {
    const parameters = { rollout: "100", stickiness: "jobId", groupId: "g" };
    const variants = ["live", "shadow"].map((name) => ({ name, weight: 500, stickiness: "jobId" }));
    features = [
      {
        ...flag("live"),
        strategies: [{ name: "flexibleRollout", parameters, constraints: [], variants }],
      },
    ];
    const { strangler, door } = await start("named:");
    const answers = new Set<string>();
    for (let i = 0; i < 100; i++) {
      const authority = authorityOf(strangler.stageOf("texts", { jobId: `job-${i}` }));
      assert.equal(await door.upper(`job-${i}`), authority);
      answers.add(authority);
    }
    assert.deepEqual(answers, new Set(["extracted", "in-process"]));
    const [{ stage, varies } = assert.fail("it has no status")] = strangler.status().capabilities;
    assert.deepEqual([stage, varies], ["in-process", true]);
    await strangler.stop();
  });

  test("a stored ceiling holds flag and override down, and an override to in-process is under it", async () => {
    features = [flag("live")];
    const ceiling = { stage: "shadow", generation: 1, reason: "slow", by: "watch" };
    await redis.set(ceilingKey("held:", "texts"), JSON.stringify(ceiling));
    for (const [override, stage, source] of [
      [undefined, "shadow", "ceiling"],
      ["true", "shadow", "ceiling"],
      ["false", "in-process", "override"],
    ] as const) {
      const { strangler, door } = await start("held:", override);
      assert.equal(await door.upper("a"), "in-process");
      const { capabilities, ceilings, flags } = strangler.status();
      const found = capabilities.map((one) => [one.stage, one.source, one.ceiling]);
      assert.deepEqual(found, [[stage, source, ceiling]]);
      assert.deepEqual([ceilings, flags], ["fresh", "fresh"]);
      await strangler.stop();
    }
  });

  test("what was counted before the stop is in the ledger after it", async () => {
    features = [flag("live")];
    const { strangler, door } = await start("stopped:");
    assert.equal(await door.upper("a"), "extracted");
    await strangler.stop();
    const { pairs } = await readLedger(redis, "stopped:", "texts");
    assert.equal(pairs[0]?.methods[0]?.tally.calls.extracted.value, 1);
  });
});

test("nobody waits for a Redis and a flag server that are not there", async () => {
  const { strangler, door } = set();
  const backupDir = mkdtempSync(join(tmpdir(), "strangler-"));
  const warnings: string[] = [];
  await strangler.start({
    flags: {
      url: "http://127.0.0.1:1",
      token: "t",
      appName: "test",
      environment: "development",
      refreshMs: 60_000,
      prefix: "",
      backupDir,
    },
    redis: { url: join(backupDir, "no.sock"), keyPrefix: "" },
    overrides: { texts: "true" },
    log: { info: () => {}, warn: (_, message) => warnings.push(message) },
  });
  assert.equal(await door.upper("a"), "extracted");
  const { ceilings, flags } = strangler.status();
  assert.deepEqual([ceilings, flags], ["last known", "last known"]);
  await strangler.stop();
  rmSync(backupDir, { recursive: true, force: true, maxRetries: 5 });
});
