import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { endOf, type Surroundings, surroundings } from "../cli.fixture.ts";
import { ceilingKey } from "../stage/ceiling.ts";

/** Jobs in a file; `slow` moves until somebody interrupts, `stuck` does not move at all. */
const handover = (file: string) => `async () => {
  const { readFileSync, writeFileSync } = await import("node:fs");
  const { once } = await import("node:events");
  const jobs = () => JSON.parse(readFileSync("${file}", "utf8"));
  return {
    async *items() {
      for (const [id, side] of Object.entries(jobs())) yield { id, side, fields: { jobId: id } };
    },
    async move(id, to) {
      if (id === "stuck") throw new Error("its document is locked");
      if (id === "slow") {
        const interrupted = once(process, "SIGINT");
        process.stderr.write("moving slow");
        await interrupted;
      }
      writeFileSync("${file}", JSON.stringify({ ...jobs(), [id]: to }));
    },
    close: async () => {},
  };
}`;

type Jobs = Record<string, "in-process" | "extracted">;

/** The scheduler's flag with this share of the jobs live. */
function live(percent: number) {
  const variants = [
    { name: "live", weight: percent * 10, weightType: "fix", stickiness: "jobId" },
    { name: "shadow", weight: 1000 - percent * 10, weightType: "variable", stickiness: "jobId" },
  ];
  const parameters = { rollout: "100", stickiness: "jobId", groupId: "oms.scheduler" };
  const everyone = { name: "flexibleRollout", parameters, constraints: [], variants };
  return { name: "oms.scheduler", enabled: true, strategies: [everyone] };
}

describe("strangler handover", () => {
  let here: Surroundings;
  let file: string;
  let config: string[];

  before(async () => {
    here = await surroundings();
    file = join(here.directory, "jobs.json");
    const path = join(here.directory, "strangler.config.ts");
    writeFileSync(
      path,
      `export const config = { capabilities: [
        { name: "embedding", flag: "oms.embedding", door: "d", stub: "s" },
        { name: "scheduler", flag: "oms.scheduler", override: "USE_SCHEDULER_MS", door: "d", stub: "s",
          handover: ${handover(file)} },
      ] };`,
    );
    config = ["--config", path];
  });
  after(() => here.close());
  beforeEach(() => {
    here.flags = [live(100)];
  });

  const write = (jobs: Jobs) => writeFileSync(file, JSON.stringify(jobs));
  const jobs = (): Jobs => JSON.parse(readFileSync(file, "utf8"));
  const run = (prefix: string, ...args: string[]) =>
    here.strangler(prefix, "handover", "scheduler", ...config, ...args);

  test("moves every job to where its stage says, and then has nothing to do", async () => {
    here.flags = [live(50)];
    write(Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`job-${i}`, "in-process"])));
    const before = await run("a:", "--status");
    assert.equal(before.code, 1, before.err);
    assert.match(
      before.out,
      /in-process owns 60, extracted 0\n\d+ are not where their stage says:\n {2}job-/,
    );
    const { code, out, err } = await run("a:", "--json");
    assert.equal(code, 0, err);
    const done = JSON.parse(out);
    const { extracted } = done.moved;
    assert.ok(extracted > 10 && extracted < 50, `${extracted} of 60 are live at 50 %`);
    assert.deepEqual(done.owned, { "in-process": 60 - extracted, extracted });
    assert.equal((await run("a:", "--status")).code, 0);
    assert.equal(JSON.parse((await run("a:", "--json")).out).moved.extracted, 0);
  });

  test("goes by the ceiling and by the override in its environment as OMS does", async () => {
    const ceiling = { stage: "shadow", generation: 1, reason: "slow", by: "watch" };
    await here.redis.set(ceilingKey("b:", "scheduler"), JSON.stringify(ceiling));
    write({ a: "extracted" });
    assert.equal((await run("b:")).code, 0);
    assert.deepEqual(jobs(), { a: "in-process" });
    write({ a: "extracted" });
    const args = ["handover", "scheduler", ...config, "--unleash", "http://127.0.0.1:1"];
    const overridden = await endOf(here.start("c:", args, { USE_SCHEDULER_MS: "false" }));
    assert.equal(overridden.code, 0, overridden.err);
    assert.deepEqual(jobs(), { a: "in-process" });
  });

  test("with --to it needs neither flag server nor Redis", async () => {
    write({ a: "in-process", b: "extracted" });
    const nowhere = ["--unleash", "http://127.0.0.1:1", "--redis", "redis://127.0.0.1:1"];
    const { code, out, err } = await run("d:", "--to", "extracted", ...nowhere);
    assert.equal(code, 0, err);
    assert.match(
      out,
      /1 moved to extracted, 0 to in-process in .*\nscheduler: in-process owns 0, extracted 2\n/,
    );
  });

  test("what cannot be moved is named, and the exit is 1", async () => {
    write({ a: "in-process", stuck: "in-process", z: "in-process" });
    const { code, out } = await run("e:");
    assert.equal(code, 1);
    assert.match(out, /1 cannot be moved:\n {2}stuck: its document is locked\n/);
    assert.deepEqual(jobs(), { a: "extracted", stuck: "in-process", z: "extracted" });
  });

  test("interrupted, it ends the move under way, says how to go on, and goes on when run again", async () => {
    write({ a: "in-process", slow: "in-process", z: "in-process" });
    const cli = here.start("f:", ["handover", "scheduler", ...config]);
    const ended = endOf(cli);
    await new Promise<void>((resolve) => {
      let err = "";
      cli.stderr?.on("data", (text) => {
        err += text;
        if (err.includes("moving slow")) resolve();
      });
    });
    cli.kill("SIGINT");
    const { code, out } = await ended;
    assert.equal(code, 1);
    assert.match(out, /stopped: 1 are still to be moved; the same command goes on/);
    assert.deepEqual(jobs(), { a: "extracted", slow: "extracted", z: "in-process" });
    assert.match((await run("f:")).out, /1 moved to extracted/);
  });

  test("moves nothing when it cannot tell what belongs where", async () => {
    write({ a: "extracted" });
    here.flags = [];
    for (const [args, says] of [
      [[], /has no flag oms\.scheduler/],
      [["--unleash", "http://127.0.0.1:1"], /does not answer/],
      [["--redis", "redis://127.0.0.1:1"], /Redis at .* does not answer/],
    ] as const) {
      const { code, err } = await run("g:", ...args);
      assert.equal(code, 2);
      assert.match(err, says);
    }
    assert.deepEqual(jobs(), { a: "extracted" });
  });

  test("wrong usage exits 2 and says what there is", async () => {
    for (const [args, says] of [
      [["handover", "embedding"], /says nothing of a handover of embedding/],
      [["handover", "scheduler", "--to", "nowhere"], /--to in-process or extracted/],
      [["handover", "scheduler", "--to", "extracted", "--status"], /--status or --to/],
    ] as const) {
      const { code, err } = await here.strangler("h:", ...args, ...config);
      assert.equal(code, 2);
      assert.match(err, says);
    }
  });

  test("status shows the owners, what is not where its stage says, and owners that do not answer", async () => {
    write({ a: "in-process", b: "extracted" });
    const { out } = await here.strangler("i:", "status", ...config);
    assert.match(out, /scheduler: in-process owns 1, extracted 1; 1 are not where their stage says\n/);
    here.flags = [];
    const unknown = await here.strangler("i:", "status", ...config);
    assert.match(unknown.out, /scheduler: in-process owns 1, extracted 1\n/);
    writeFileSync(file, "no jobs");
    const silent = await here.strangler("i:", "status", ...config);
    assert.equal(silent.code, 1);
    assert.match(silent.out, /warning: scheduler: .*not valid JSON.*: its owners are unknown/);
  });
});
