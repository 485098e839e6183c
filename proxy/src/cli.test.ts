import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Surroundings, surroundings } from "./cli.fixture.ts";
import type { Entry } from "./ledger/entry.ts";
import { Ledger } from "./ledger/ledger.ts";
import { sampleOf } from "./ledger/sample.ts";
import { createWriter } from "./ledger/writer.ts";
import { ceilingKey } from "./stage/ceiling.ts";

const BOOK = { capability: "embedding", builds: { inProcess: "oms-1", extracted: "embedding-1" } };
const COMPARED: Entry = {
  method: "embed",
  stage: "shadow",
  authority: { side: "in-process", durationMs: 3, outcome: { kind: "value", value: 1 } },
  watched: { side: "extracted", durationMs: 5, outcome: { kind: "value", value: 1 } },
  result: { outcome: "match" },
};
const CONFIG = `export const config = { capabilities: [
  { name: "embedding", flag: "oms.embedding", door: "src/core/embeddings/index.ts", stub: "src/sdk/stub.ts" },
] };`;
const OPEN = `async () => ({
  capability: {
    name: "embedding",
    inProcess: async () => ({ embed: async (text) => text.length }),
    extracted: async () => ({ embed: async (text) => text.length + (text === "wrong" ? 1 : 0) }),
    methods: { embed: { compare: (a, b) => a === b ? { outcome: "match" } : { outcome: "mismatch", because: "b" } } },
  },
  host: { enter: (call, run) => run(), isAnswer: () => false },
  close: async () => {},
})`;
const LIVE_FOR_A_TENTH = {
  name: "oms.embedding",
  enabled: true,
  strategies: [
    {
      name: "flexibleRollout",
      parameters: { rollout: "100", stickiness: "author", groupId: "oms.embedding" },
      constraints: [],
      variants: [
        { name: "live", weight: 100, weightType: "fix", stickiness: "author" },
        { name: "shadow", weight: 900, weightType: "variable", stickiness: "author" },
      ],
    },
  ],
};

describe("strangler on the command line, with a real Redis", () => {
  let here: Surroundings;
  let config: string;

  before(async () => {
    here = await surroundings();
    config = join(here.directory, "strangler.config.ts");
    writeFileSync(config, CONFIG);
  });
  after(() => here.close());

  async function count(prefix: string, entries: readonly Entry[]): Promise<void> {
    const ledger = new Ledger();
    for (const entry of entries) ledger.record(BOOK, entry);
    await ledger.flush(createWriter(here.redis, prefix));
  }

  const strangler = (prefix: string, ...args: string[]) => here.strangler(prefix, ...args);

  test("reports what a ledger has flushed, as text, Markdown and JSON", async () => {
    await count("a:", [COMPARED, COMPARED]);
    const report = (...args: string[]) => strangler("a:", "report", "embedding", "--config", config, ...args);
    const text = await report();
    assert.equal(text.code, 0, text.err);
    assert.match(text.out, /embedding: not enough evidence/);
    assert.match(text.out, /Counts add up: 2 calls = 2 compared \+ 0 lost/);
    assert.match((await report("--markdown")).out, /^# embedding\n\n## oms-1 and embedding-1/);
    assert.equal(JSON.parse((await report("--json")).out).totals.compared, 2);
    assert.match((await report("--html")).out, /^<!doctype html>/);
  });

  test("writes every form of a report into a folder it makes", async () => {
    await count("g:", [COMPARED]);
    const folder = join(here.directory, "made", "here");
    const { code, out, err } = await strangler(
      "g:",
      "report",
      "embedding",
      "--config",
      config,
      "--out",
      folder,
    );
    assert.equal(code, 0, err);
    const files = { html: /^<!doctype html>/, md: /^# embedding/, json: /"capability": "embedding"/ };
    for (const [ending, content] of Object.entries(files)) {
      const path = join(folder, `report.${ending}`);
      assert.match(readFileSync(path, "utf8"), content);
      assert.ok(out.split("\n").includes(path));
    }
  });

  test("exits 1 and says so when the counts do not add up", async () => {
    await count("b:", [{ ...COMPARED, stage: "complete" }]);
    const { code, out } = await strangler("b:", "report", "embedding", "--config", config);
    assert.equal(code, 1);
    assert.match(out, /Counts do NOT add up/);
  });

  test("makes kept mismatches again with the calls that they were, and exits 1 while one shows again", async () => {
    const openable = join(here.directory, "openable.config.ts");
    writeFileSync(openable, CONFIG.replace("stub:", `open: ${OPEN}, stub:`));
    const calls = join(here.directory, "calls.ndjson");
    const replay = (text: string, ...more: string[]) => {
      writeFileSync(calls, `${JSON.stringify({ method: "embed", args: [text] })}\n`);
      return strangler("h:", "replay", "embedding", "--config", openable, ...more);
    };
    assert.match((await replay("wrong", "--calls", calls)).err, /no mismatch of embedding is kept/);
    const value = { kind: "value", value: 1 } as const;
    const authority = { side: "in-process", durationMs: 1, outcome: value } as const;
    const seen = { method: "embed", stage: "shadow", because: "a", authority, watched: authority } as const;
    const ledger = new Ledger();
    for (const text of ["wrong", "mended"]) ledger.sample(BOOK, sampleOf({ ...seen, args: [text] }, 7));
    ledger.record(BOOK, COMPARED);
    await ledger.flush(createWriter(here.redis, "h:"));
    const again = await replay("wrong", "--calls", calls);
    assert.equal(again.code, 1, again.err);
    assert.match(again.out, /2 kept mismatches, 1 of them found among the calls, 1 differ again/);
    assert.equal((await replay("mended", "--calls", calls, "--json")).code, 0);
    const stranger = await replay("another", "--calls", calls);
    assert.equal(stranger.code, 2);
    assert.match(stranger.err, /none of the 2 kept mismatches is among the 1 calls/);
    assert.match((await replay("wrong")).err, /--calls FILE\?/);
    const closed = await strangler("h:", "replay", "embedding", "--config", config, "--calls", calls);
    assert.match(closed.err, /says nothing of how to open embedding/);
  });

  test("tells how a capability stands: flag, shares, builds, and no warning", async () => {
    here.flags = [LIVE_FOR_A_TENTH];
    const { code, out } = await strangler("a:", "status", "--config", config);
    assert.equal(code, 0, out);
    assert.match(out, /oms\.embedding +on +shadow 90 %, live 10 % +oms-1 \/ embedding-1 +2/);
    assert.doesNotMatch(out, /warning/);
  });

  test("shows the stages a ceiling leaves, and who set it", async () => {
    here.flags = [LIVE_FOR_A_TENTH];
    const ceiling = { stage: "shadow", generation: 3, reason: "mismatches", by: "release@oms" };
    await here.redis.set(ceilingKey("c:", "embedding"), JSON.stringify(ceiling));
    const { code, out } = await strangler("c:", "status", "--config", config);
    assert.equal(code, 1);
    assert.match(out, /shadow 100 %/);
    assert.match(out, /held at shadow by release@oms: mismatches/);
  });

  test("warns of a flag that is on without a variant, and of one that was never pushed", async () => {
    here.flags = [{ ...LIVE_FOR_A_TENTH, strategies: [] }];
    const bare = await strangler("d:", "status", "--config", config);
    assert.equal(bare.code, 1);
    assert.match(bare.out, /on but has no variant/);
    here.flags = [];
    const absent = await strangler("d:", "status", "--config", config, "--flag-prefix", "s1.");
    assert.match(absent.out, /has no flag s1\.oms\.embedding: every call is in-process/);
  });

  test("status survives both servers being away and says which; a report cannot do without Redis", async () => {
    const nowhere = ["--config", config, "--redis", "redis://127.0.0.1:1", "--unleash", "http://127.0.0.1:1"];
    const status = await strangler("e:", "status", ...nowhere);
    assert.equal(status.code, 1);
    assert.match(status.out, /flag server at http:\/\/127\.0\.0\.1:1 does not answer/);
    assert.match(
      status.out,
      /Redis at redis:\/\/127\.0\.0\.1:1 does not answer: ceiling and evidence are unknown/,
    );
    const report = await strangler("e:", "report", "embedding", ...nowhere);
    assert.equal(report.code, 2);
    assert.match(report.err, /Redis at redis:\/\/127\.0\.0\.1:1 does not answer/);
  });

  test("wrong usage exits 2 and says what there is", async () => {
    const unknown = await strangler("f:", "report", "billing", "--config", config);
    assert.equal(unknown.code, 2);
    assert.match(unknown.err, /name one of: embedding/);
    for (const args of [[], ["promote"], ["status", "--loud"], ["status", "--config", "nowhere.ts"]]) {
      assert.equal((await strangler("f:", ...args)).code, 2, args.join(" "));
    }
    assert.equal((await strangler("f:", "--help")).code, 0);
  });
});
