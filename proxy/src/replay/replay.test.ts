import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import fc from "fast-check";
import { sampleOf } from "../ledger/sample.ts";
import type { Sample } from "../ledger/tally.ts";
import type { Call } from "../model/call.ts";
import type { AnyPort } from "../model/capability.ts";
import { findCall, type RecordedCall } from "./find.ts";
import { readCalls } from "./read-calls.ts";
import { type Opened, replay } from "./replay.ts";
import { replayJson, replayText } from "./words.ts";

/** The sample that a mismatch of this call leaves, after its way through Redis. */
function sampleFor({ method, args }: RecordedCall, seed = 7): Sample {
  const seen = { method, args, stage: "shadow", because: "1 against 2" } as const;
  const outcome = { kind: "value", value: 1 } as const;
  const authority = { side: "in-process", durationMs: 1, outcome } as const;
  const sample = sampleOf({ ...seen, authority, watched: { ...authority, side: "extracted" } }, seed);
  return JSON.parse(JSON.stringify(sample)) as Sample;
}

const call = (text: string): RecordedCall => ({ method: "length", args: [{ text }] });

/** Counts characters on both sides; the extracted one is wrong about texts that begin with a w. */
function opened(overrides: Partial<AnyPort> = {}) {
  const entered: Call[] = [];
  const length = (args: unknown[]) => (args[0] as { text: string }).text.length;
  const wrong = (args: unknown[]) => ((args[0] as { text: string }).text.startsWith("w") ? 1 : 0);
  const all: Opened = {
    capability: {
      name: "texts",
      inProcess: async () => ({ length: async (...args) => length(args) }),
      extracted: async () =>
        ({ length: async (...args) => length(args) + wrong(args), ...overrides }) as AnyPort,
      builds: () => ({ inProcess: "1", extracted: "2" }),
      methods: {
        length: {
          effect: "read",
          compare: (a, b) =>
            a === b ? { outcome: "match" } : { outcome: "mismatch", because: `${a} against ${b}` },
        },
      },
    },
    host: {
      fields: () => ({}),
      key: () => undefined,
      shadow: () => false,
      enter: (entering, run) => {
        entered.push(entering);
        return run();
      },
      isAnswer: () => false,
      unavailable: (failure) => new Error(failure),
    },
    close: async () => {},
  };
  return { ...all, entered };
}

describe("the call of a sample", () => {
  test("is found among others by its redacted arguments and the sample's seed", () => {
    const calls = fc.array(fc.record({ method: fc.constantFrom("f", "g"), args: fc.array(fc.jsonValue()) }), {
      minLength: 1,
    });
    fc.assert(
      fc.property(calls, fc.nat(), (all, seed) => {
        const wanted = all.at(-1) as RecordedCall;
        const sample = sampleFor(wanted, seed);
        const found = findCall(sample, all);
        assert.ok(found);
        assert.deepEqual(sampleFor(found, seed).args, sample.args);
      }),
    );
  });

  test("is not taken for another text of the same length, another method or another seed", () => {
    const sample = sampleFor(call("abc"));
    assert.equal(findCall(sample, [call("abd"), { ...call("abc"), method: "other" }]), undefined);
    assert.equal(findCall({ ...sample, seed: 8 }, [call("abc")]), undefined);
    assert.ok(findCall(sample, [call("abd"), call("abc")]));
  });

  test("is found however long it is, although the sample keeps only the beginning", () => {
    const long = { method: "length", args: Array.from({ length: 500 }, (_, i) => `text ${i}`) };
    assert.equal(findCall(sampleFor(long), [long]), long);
  });
});

describe("a replay", () => {
  test("says of each kept mismatch whether it shows again, and which call is not among the recorded", async () => {
    const samples = [sampleFor(call("wrong")), sampleFor(call("mended")), sampleFor(call("elsewhere"))];
    const replayed = await replay(samples, [call("mended"), call("wrong")], opened());
    assert.deepEqual(
      replayed.map(({ now }) => now),
      [{ outcome: "mismatch", because: "5 against 6" }, { outcome: "match" }, undefined],
    );
    const text = replayText("texts", replayed);
    assert.match(text, /3 kept mismatches, 2 of them found among the calls, 1 differ again/);
    assert.match(text, /length in shadow, seed 7: 1 against 2\n {4}now: mismatch, 5 against 6/);
    assert.equal(JSON.parse(replayJson(replayed))[0].now.outcome, "mismatch");
  });

  test("makes shadow calls alone, both sides' under one key, the second as of what the first one read", async () => {
    const capability = opened();
    await replay([sampleFor(call("a")), sampleFor(call("b"))], [call("a"), call("b")], capability);
    const [a, alsoA, b, alsoB] = capability.entered;
    assert.ok(capability.entered.every(({ shadow, deadline }) => shadow && deadline !== undefined));
    assert.deepEqual([a?.watched, b?.watched, alsoA?.of === a, alsoB?.of === b], [true, true, true, true]);
    assert.deepEqual([alsoA?.key, alsoB?.key], [a?.key, b?.key]);
    assert.notEqual(a?.key, b?.key);
  });

  test("takes a side that fails for a mismatch, not for its own end", async () => {
    const failing = opened({ length: () => Promise.reject(new Error("down")) });
    const [replayed] = await replay([sampleFor(call("a"))], [call("a")], failing);
    assert.deepEqual(replayed?.now, {
      outcome: "mismatch",
      because: "in-process answered, extracted failed (Error)",
    });
  });
});

test("recorded calls are read line by line, and a line that is none is named", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "replay-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, "calls.ndjson");
  writeFileSync(path, `${JSON.stringify(call("a"))}\n\n${JSON.stringify(call("b"))}\n`);
  assert.deepEqual(await readCalls(path), [call("a"), call("b")]);
  for (const line of ["{", `{"method":"f"}`, `{"method":"","args":[]}`, `{"method":"f","args":{}}`]) {
    writeFileSync(path, `${JSON.stringify(call("a"))}\n${line}\n`);
    await assert.rejects(readCalls(path), /calls\.ndjson:2 is not/);
  }
  await assert.rejects(readCalls(join(directory, "nowhere")), { code: "ENOENT" });
});
