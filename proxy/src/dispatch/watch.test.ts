import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import type { Stage } from "../model/stage.ts";
import { Refusal, type Setup, strangled } from "./strangled.fixture.ts";

const fails = async () => {
  throw new Error("down");
};
const hangs = () => new Promise<never>(() => {});

/** In stage live the watched side has time to run: a microsecond buys a second of it. */
const ROOMY = { inProcessShare: 1e6, inProcessMs: 60_000 };

const unhandled: unknown[] = [];
const note = (error: unknown) => unhandled.push(error);
before(() => process.on("unhandledRejection", note));
after(() => process.off("unhandledRejection", note));
beforeEach(() => unhandled.splice(0));

describe("the caller", () => {
  for (const stage of ["shadow", "live"] as const) {
    test(`has the answer before the watched side starts, in stage ${stage}`, async () => {
      const order: string[] = [];
      const side = (name: string) => async () => {
        order.push(name);
        return 1;
      };
      const { call, lane } = strangled({
        stage,
        inProcess: side("in-process"),
        extracted: side("extracted"),
        limits: ROOMY,
      });
      await call();
      // Between here and the end of a request lie many more awaits.
      for (let i = 0; i < 100; i++) await Promise.resolve();
      order.push("answered");
      await lane.idle();
      const sides = ["in-process", "extracted"];
      const [authority, watched] = stage === "shadow" ? sides : sides.reverse();
      assert.deepEqual(order, [authority, "answered", watched]);
    });
  }

  test("does not notice a watched side that throws, rejects, hangs or answers garbage, nor a comparator that throws", async () => {
    const bad: Setup[] = [
      { extracted: fails },
      {
        extracted: () => {
          throw new TypeError("bug");
        },
      },
      { extracted: hangs, method: { deadlineMs: 1 } },
      { extracted: async () => undefined },
      { extracted: (() => undefined) as unknown as () => Promise<unknown> },
      { extracted: () => Promise.reject(undefined) },
      {
        method: {
          compare: () => {
            throw new Error("bad comparator");
          },
        },
      },
      {
        onLoad: (side) => {
          if (side === "extracted") throw new Error("no such module");
        },
      },
    ];
    for (const setup of bad) {
      const { call, counted, lane } = strangled({ stage: "shadow", ...setup });
      assert.equal(await call(), "in-process");
      const { tally } = await counted();
      const { match, noise, mismatch } = tally.compared;
      const lost = Object.values(tally.lost).reduce((sum, reason) => sum + reason.calls, 0);
      assert.equal(match + noise + mismatch + lost, 1);
      assert.deepEqual(lane.load, { calls: 0, bytes: 0 });
    }
    await nextTurn();
    assert.deepEqual(unhandled, []);
  });

  test("is not held up by hung watched calls, and they cannot pile up", async () => {
    const limits = { calls: 10, concurrency: 2 };
    const { call, lane, counted } = strangled({
      stage: "shadow",
      extracted: hangs,
      limits,
      method: { deadlineMs: 20 },
    });
    for (let i = 0; i < 100; i++) assert.equal(await call(), "in-process");
    assert.equal(lane.load.calls, 10);
    const { lost } = await counted();
    assert.equal(lost("lane full"), 90);
    assert.equal(lane.load.bytes, 0);
  });

  test("may change arguments and answer as soon as it likes: what is compared is what was", async () => {
    const seen: unknown[] = [];
    const { call, lane } = strangled({
      stage: "shadow",
      inProcess: async (request) => {
        (request as { text: string }).text = "changed by the authority";
        return { vector: [1] };
      },
      extracted: async (request) => {
        seen.push(structuredClone(request));
        (request as { text: string }).text = "changed by the watched side";
        return { vector: [2] };
      },
      method: {
        compare: (authority, watched, args) => {
          seen.push(authority, watched, args);
          return { outcome: "match" };
        },
      },
    });
    const request = { text: "as it was" };
    const answer = (await call(request)) as { vector: number[] };
    answer.vector.push(99);
    request.text = "changed by the caller";
    await lane.idle();
    assert.deepEqual(seen, [
      { text: "as it was" },
      { vector: [1] },
      { vector: [2] },
      [{ text: "as it was" }],
    ]);
  });
});

describe("a watched call", () => {
  test("was announced by the authority's call, and no other call is", async () => {
    for (const stage of ["shadow", "live"] as const) {
      const { call, entered, lane } = strangled({ stage, limits: ROOMY });
      await call();
      await lane.idle();
      const [authority, watched] = entered;
      assert.equal(authority?.watched, true, stage);
      assert.equal(watched?.of, authority, stage);
      const alone = strangled({ stage, limits: { ...ROOMY, sample: 0 } });
      await alone.call();
      assert.deepEqual(
        alone.entered.map((one) => one.watched),
        [false],
        stage,
      );
    }
  });

  test("is a shadow call under the authority's key, with a deadline of its own and the authority's call", async () => {
    for (const stage of ["shadow", "live"] as const) {
      const { call, lane, entered } = strangled({ stage, limits: ROOMY });
      await call();
      await lane.idle();
      const [authority, watched] = entered;
      assert.equal(authority?.shadow, false);
      assert.equal(watched?.shadow, true);
      assert.equal(watched?.key, authority?.key);
      assert.equal(watched?.of, authority);
      assert.ok(Number(watched?.deadline) > Date.now());
    }
  });

  test("runs in its caller's async context, also when it had to wait for its turn", async () => {
    const { AsyncLocalStorage } = await import("node:async_hooks");
    const author = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const { call, lane } = strangled({
      stage: "shadow",
      extracted: async () => {
        seen.push(author.getStore());
        await nextTurn();
      },
      limits: { concurrency: 1 },
    });
    await Promise.all(["alice", "bob", "carol"].map((name) => author.run(name, () => call())));
    await lane.idle();
    assert.deepEqual(seen, ["alice", "bob", "carol"]);
  });

  test("of the in-process side is left at the deadline too, so it cannot hold the only turn", async () => {
    let calls = 0;
    const { call, counted } = strangled({
      stage: "live",
      inProcess: () => (++calls === 1 ? hangs() : Promise.resolve("extracted")),
      limits: ROOMY,
      method: { deadlineMs: 20 },
      chance: () => 0,
    });
    await Promise.all([call(), call()]);
    const { tally } = await counted();
    assert.equal(tally.watched["in-process"].failure, 1);
  });
});

describe("what is counted", () => {
  const cases: [
    string,
    Setup,
    (tally: Awaited<ReturnType<ReturnType<typeof strangled>["counted"]>>["tally"]) => unknown,
    unknown,
  ][] = [
    [
      "equal answers match",
      { stage: "shadow", extracted: async () => "in-process" },
      (t) => t.compared.match,
      1,
    ],
    ["different answers do not", { stage: "shadow" }, (t) => t.compared.mismatch, 1],
    [
      "a refusal of both sides is compared",
      {
        stage: "shadow",
        inProcess: () => Promise.reject(new Refusal("in one's words")),
        extracted: () => Promise.reject(new Refusal("in other words")),
      },
      (t) => t.compared.match,
      1,
    ],
    [
      "a failure of the watched side alone is a mismatch",
      { stage: "shadow", extracted: fails },
      (t) => t.compared.mismatch,
      1,
    ],
    [
      "a timeout of the watched side alone is a mismatch",
      { stage: "shadow", extracted: hangs, method: { deadlineMs: 1 } },
      (t) => t.compared.mismatch,
      1,
    ],
    [
      "a failure of the authority alone is a mismatch",
      { stage: "live", extracted: fails, limits: ROOMY },
      (t) => [t.compared.mismatch, t.fallbacks.error, t.watched["in-process"].value],
      [1, 1, 1],
    ],
    [
      "a failure of the authority is compared also where it has no fallback",
      { stage: "live", extracted: fails, limits: ROOMY, method: { effect: "once" } },
      (t) => [t.compared.mismatch, t.fallbacks.error],
      [1, 0],
    ],
    [
      "what a comparator skips is lost coverage by its reason",
      { stage: "shadow", method: { compare: () => ({ outcome: "skipped", because: "poorly covered" }) } },
      (t) => t.lost["skipped: poorly covered"]?.calls,
      1,
    ],
    [
      "a refusal that a shadow call cannot meet is lost coverage, and no noise",
      {
        stage: "shadow",
        inProcess: (() => {
          let calls = 0;
          return () => (++calls === 1 ? Promise.reject(new Refusal("taken")) : Promise.resolve("shadow"));
        })(),
        limits: { ...ROOMY, control: 1 },
        method: { liveOnly: (error) => error instanceof Refusal },
      },
      (t) => [
        t.lost["skipped: a shadow call cannot fail so"]?.calls,
        t.compared.mismatch,
        t.control.mismatch,
      ],
      [1, 0, 0],
    ],
    [
      "a failure of the authority that a fallback answers is a mismatch, whatever it is",
      { stage: "live", extracted: fails, limits: ROOMY, method: { liveOnly: () => true } },
      (t) => [t.compared.mismatch, t.fallbacks.error],
      [1, 1],
    ],
    [
      "noise is counted as such",
      { stage: "shadow", method: { compare: () => ({ outcome: "noise" }) } },
      (t) => t.compared.noise,
      1,
    ],
    [
      "what is not sampled is lost coverage",
      { stage: "shadow", limits: { sample: 0 } },
      (t) => t.lost["not sampled"]?.calls,
      1,
    ],
    [
      "an answer that is too big is lost coverage by size",
      { stage: "shadow", inProcess: async () => "x".repeat(5000), limits: { bytesPerCall: 1000 } },
      (t) => t.lost["too big"],
      { calls: 1, bytes: 10_000 },
    ],
  ];
  for (const [name, setup, pick, expected] of cases) {
    test(name, async () => {
      const { call, counted } = strangled(setup);
      await call().catch(() => {});
      assert.deepEqual(pick((await counted()).tally), expected);
    });
  }

  test("a comparator that throws is lost coverage", async () => {
    const compare = () => {
      throw new Error("bad comparator");
    };
    const { call, counted } = strangled({ stage: "shadow", method: { compare } });
    await call();
    assert.equal((await counted()).lost("comparison failed"), 1);
  });

  test("a call that waited too long is lost coverage", async () => {
    let nowMs = 0;
    const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()];
    const { call, counted } = strangled({
      stage: "shadow",
      extracted: () => {
        asked.resolve();
        return answer.promise;
      },
      method: { deadlineMs: 60_000 },
      limits: { concurrency: 1, waitMs: 10 },
      now: () => nowMs,
    });
    await Promise.all([call(), call()]);
    await asked.promise;
    // Both were told to start in one turn; in the next the second one waits.
    await nextTurn();
    nowMs = 11;
    answer.resolve("extracted");
    const { tally, lost } = await counted();
    assert.equal(lost("expired"), 1);
    assert.equal(tally.compared.mismatch, 1);
  });

  test("while the breaker is open, coverage is lost and the watched side is left alone", async () => {
    let calls = 0;
    const extracted = async () => {
      calls += 1;
      throw new Error("down");
    };
    const { call, counted, attached, lane } = strangled({ stage: "shadow", extracted });
    for (let i = 0; i < 10; i++) {
      await call();
      await lane.idle();
    }
    assert.ok(calls < 10);
    const { tally, lost } = await counted();
    assert.equal(tally.compared.mismatch, calls);
    assert.equal(lost("breaker open"), 10 - calls);
    assert.equal(tally.watched.extracted.failure, calls);
    attached.stop();
  });

  test("a call that was admitted before the breaker opened is lost coverage too", async () => {
    const { call, counted, attached } = strangled({
      stage: "shadow",
      extracted: fails,
      limits: { concurrency: 1 },
    });
    await Promise.all(Array.from({ length: 10 }, () => call()));
    const { tally, lost } = await counted();
    assert.ok(lost("breaker open") > 0);
    assert.equal(tally.compared.mismatch + lost("breaker open"), 10);
    assert.equal(tally.watched.extracted.failure, tally.compared.mismatch);
    attached.stop();
  });

  test("an authority that its breaker kept from answering is lost coverage, not a mismatch", async () => {
    const { call, counted, attached } = strangled({ stage: "live", extracted: fails, limits: ROOMY });
    for (let i = 0; i < 10; i++) await call();
    const { tally, lost } = await counted();
    assert.equal(lost("breaker open"), tally.fallbacks["breaker open"]);
    assert.equal(tally.compared.mismatch, tally.fallbacks.error);
    attached.stop();
  });

  test("where its breaker kept the authority from answering, that is the reason, and not a lack of time", async () => {
    const limits = { inProcessShare: 0, inProcessMs: 0.001 };
    const { call, counted, attached } = strangled({ stage: "live", extracted: fails, limits });
    for (let i = 0; i < 20; i++) await call();
    const { tally, lost } = await counted();
    assert.ok(tally.fallbacks["breaker open"] > 0);
    assert.equal(lost("breaker open"), tally.fallbacks["breaker open"]);
    attached.stop();
  });

  test("a mismatch leaves a redacted sample", async () => {
    const { call, counted } = strangled({ stage: "shadow", chance: () => 0.25 });
    await call({ text: "a secret" });
    const { samples } = await counted();
    assert.equal(samples.length, 1);
    assert.equal(samples[0]?.because, "values differ");
    assert.equal(samples[0]?.seed, 2 ** 30);
    assert.ok(!JSON.stringify(samples).includes("secret"));
  });

  test("the in-process side is compared with itself on a share of the calls, in either order", async () => {
    for (const stage of ["shadow", "live"] as const) {
      for (const chance of [0.2, 0.8]) {
        let calls = 0;
        const { call, counted, lane } = strangled({
          stage,
          inProcess: async () => ++calls,
          limits: { ...ROOMY, control: 1 },
          chance: () => chance,
        });
        lane.learn("embedding.f", 0.1);
        await call();
        const { tally } = await counted();
        assert.equal(tally.control.mismatch, 1);
        assert.equal(calls, 2);
      }
    }
  });

  test("how long a method of the same name takes in another capability makes no difference", async () => {
    for (const [slow, compared] of [
      ["scheduler.f", 1],
      ["embedding.f", 0],
    ] as const) {
      const { call, counted, lane } = strangled({
        stage: "live",
        inProcess: async () => "extracted",
        now: () => 0,
      });
      lane.learn(slow, 5000);
      await call();
      const { tally, lost } = await counted();
      assert.deepEqual([tally.compared.match, lost("budget")], [compared, 1 - compared]);
    }
  });

  test("chance decides which goes first, the watched side or the in-process side once more", async () => {
    for (const [chance, expected] of [
      [0.2, ["in-process", "in-process", "extracted"]],
      [0.8, ["in-process", "extracted", "in-process"]],
    ] as const) {
      const order: string[] = [];
      const side = (name: string) => async () => order.push(name);
      const { call, lane } = strangled({
        stage: "shadow",
        inProcess: side("in-process"),
        extracted: side("extracted"),
        limits: { ...ROOMY, control: 1 },
        chance: () => chance,
      });
      await call();
      await lane.idle();
      assert.deepEqual(order, expected);
    }
  });

  test("nothing is watched, compared or lost in stages in-process and complete", async () => {
    for (const stage of ["in-process", "complete"] as const) {
      const { call, counted } = strangled({ stage, method: { effect: "once" } });
      await call();
      const { tally } = await counted();
      assert.deepEqual(tally.compared, { match: 0, noise: 0, mismatch: 0 });
      assert.deepEqual(tally.lost, {});
      assert.equal(tally.calls["in-process"].value + tally.calls.extracted.value, 1);
    }
  });
});

test("whatever sides and callers do, every call is answered once and the counts add up to the calls made", async () => {
  const behaviour = fc.constantFrom("answers", "refuses", "fails", "throws", "is slow");
  const side = (does: string) => async () => {
    if (does === "refuses") throw new Refusal("no");
    if (does === "fails") throw new Error("down");
    if (does === "is slow") await nextTurn();
    return does;
  };
  const call = fc.record({
    stage: fc.constantFrom<Stage[]>("in-process", "shadow", "live", "complete"),
    waits: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(behaviour, behaviour, fc.array(call, { maxLength: 40 }), async (a, b, calls) => {
      const limits = { ...ROOMY, calls: 3, concurrency: 1, control: 0.5 };
      const setup = strangled({
        inProcess: side(a),
        extracted: side(b),
        limits,
        chance: Math.random,
        method: { effect: "idempotent" },
      });
      const answers: Promise<unknown>[] = [];
      for (const { stage, waits } of calls) {
        setup.place(stage);
        const answer = setup.call().catch((error: unknown) => error);
        answers.push(answer);
        if (waits) await answer;
      }
      assert.equal((await Promise.all(answers)).length, calls.length);
      const { methods } = await setup.counted();
      const sum = (numbers: number[]) => numbers.reduce((total, n) => total + n, 0);
      for (const { stage, tally } of methods) {
        const made = calls.filter((one) => one.stage === stage).length;
        const counted = Object.values(tally.calls).flatMap((outcomes) => Object.values(outcomes));
        assert.equal(sum(counted), made);
        const lost = Object.values(tally.lost).map((reason) => reason.calls);
        const watching = stage === "shadow" || stage === "live";
        assert.equal(sum(Object.values(tally.compared)) + sum(lost), watching ? made : 0);
      }
      assert.equal(
        sum(methods.map(({ stage }) => calls.filter((one) => one.stage === stage).length)),
        calls.length,
      );
      assert.deepEqual(setup.lane.load, { calls: 0, bytes: 0 });
      setup.attached.stop();
    }),
    { numRuns: 60 },
  );
  assert.deepEqual(unhandled, []);
});
