import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Side } from "../model/side.ts";
import type { Stage } from "../model/stage.ts";
import { authorityOf } from "../plan/plan.ts";
import type { Flag } from "../stage/flag.ts";
import { Refusal, strangled, Unavailable } from "./strangled.fixture.ts";

const fails = async () => {
  throw new Error("down");
};

describe("who answers", () => {
  const TABLE: [Stage, string][] = [
    ["in-process", "in-process"],
    ["shadow", "in-process"],
    ["live", "extracted"],
    ["complete", "extracted"],
  ];
  for (const [stage, side] of TABLE) {
    test(`in stage ${stage} it is the ${side} side`, async () => {
      assert.equal(await strangled({ stage }).call(), side);
    });
  }

  test("arguments and answer are the very ones, not copies, where nothing is watched", async () => {
    const args = [{ text: "a" }, 2];
    for (const stage of ["in-process", "complete"] as const) {
      const echo = async (...given: unknown[]) => given;
      const answer = (await strangled({ stage, inProcess: echo, extracted: echo }).call(
        ...args,
      )) as unknown[];
      assert.equal(answer[0], args[0]);
    }
  });

  test("an error is the very one the side threw", async () => {
    const refusal = new Refusal("no such object");
    const bug = new TypeError("bug");
    for (const error of [refusal, bug]) {
      const throws = () => Promise.reject(error);
      for (const stage of ["in-process", "shadow", "complete"] as const) {
        const { call } = strangled({ stage, inProcess: throws, extracted: throws });
        await assert.rejects(call(), (thrown) => thrown === error);
      }
    }
  });

  test("a change of stage holds from the next call on", async () => {
    const { call, place } = strangled({ stage: "live" });
    assert.equal(await call(), "extracted");
    place("in-process");
    assert.equal(await call(), "in-process");
  });
});

describe("what a call's arguments name", () => {
  const stage: Flag = {
    dependsOn: ["jobId"],
    stageFor: ({ jobId }) => (jobId?.startsWith("a") ? "live" : "in-process"),
  };
  const fields = (name: unknown) => ({ jobId: (name as { id: string }).id });

  test("is what a flag may route it by, in the same way on every instance", async () => {
    const { call, attached } = strangled({ stage, method: { fields } });
    for (const [id, side] of [
      ["apple", "extracted"],
      ["pear", "in-process"],
    ] as const) {
      assert.equal(await call({ id }), side);
      assert.equal(authorityOf(attached.stageOf({ jobId: id })), side);
    }
  });

  test("is nothing where the method does not say so", async () => {
    assert.equal(await strangled({ stage }).call({ id: "apple" }), "in-process");
  });

  test("is nothing in arguments that cannot be read, which it is a side's to refuse", async () => {
    const { call } = strangled({ stage, method: { fields }, inProcess: () => Promise.reject(new Refusal()) });
    await assert.rejects(call(undefined), Refusal);
  });

  test("is not looked at while the stage does not depend on it", async () => {
    const unread = () => assert.fail("the fields were asked for");
    assert.equal(await strangled({ stage: "live", method: { fields: unread } }).call({}), "extracted");
  });
});

describe("what is loaded", () => {
  test("nothing before the first call, and then only what the stage uses", async () => {
    for (const [stage, side] of [
      ["in-process", "in-process"],
      ["complete", "extracted"],
    ] as const) {
      const loaded: string[] = [];
      const { call } = strangled({ stage, onLoad: (one) => loaded.push(one) });
      assert.deepEqual(loaded, []);
      await Promise.all([call(), call()]);
      await call();
      assert.deepEqual(loaded, [side]);
    }
  });
});

describe("an in-process read", () => {
  test("has nothing but the stage in its way, and is counted", async () => {
    const { call, entered, counted } = strangled({ stage: "in-process" });
    await call();
    await call();
    assert.deepEqual(entered, []);
    assert.equal((await counted()).tally.passed, 2);
  });

  test("made within a shadow call is not counted as a call made", async () => {
    const { call, context, counted } = strangled({ stage: "in-process" });
    await context.run({ key: "k", shadow: true }, () => call());
    assert.equal((await counted()).tally.passed, 0);
  });
});

describe("keys", () => {
  const write = { effect: "idempotent" } as const;

  test("a write gets one in every stage, and each call its own", async () => {
    for (const stage of ["in-process", "shadow", "live", "complete"] as const) {
      const { call, entered, lane } = strangled({ stage, method: write });
      await call();
      await lane.idle();
      await call();
      await lane.idle();
      assert.equal(new Set(entered.map((one) => one.key)).size, 2, stage);
    }
  });

  test("the caller's key is made the method's own, the same in every stage", async () => {
    for (const stage of ["in-process", "shadow", "live", "complete"] as const) {
      const { call, context, entered } = strangled({ stage, method: write });
      await context.run({ key: "k1", shadow: false }, () => call());
      assert.equal(entered[0]?.key, "k1/embedding.f");
    }
  });

  test("a key that no header carries is as short as others, and tells calls apart all the same", async () => {
    const method = { ...write, key: (id: unknown) => String(id) };
    const { call, entered, context } = strangled({ stage: "live", method });
    for (const id of ["a\n", "b\n", "a".repeat(200), "a\n"])
      await context.run({ key: "k1", shadow: false }, () => call(id));
    const keys = entered.filter(({ shadow }) => !shadow).map(({ key }) => key);
    for (const key of keys) assert.match(key, /^embedding\.f\/[0-9a-f]{64}$/);
    assert.equal(new Set(keys).size, 3);
  });

  test("the method tells apart the calls that one caller's key covers", async () => {
    const method = { ...write, key: (id: unknown) => String(id) };
    const { call, context, entered } = strangled({ stage: "complete", method });
    await context.run({ key: "k1", shadow: false }, async () => {
      await call("a");
      await call("b");
    });
    assert.deepEqual(
      entered.map((one) => one.key),
      ["k1/embedding.f/a", "k1/embedding.f/b"],
    );
  });
});

describe("when the extracted side fails", () => {
  test("in-process answers a read, and it is counted why", async () => {
    const { call, counted } = strangled({ stage: "live", extracted: fails });
    assert.equal(await call(), "in-process");
    const { tally } = await counted();
    assert.equal(tally.calls.extracted.failure, 1);
    assert.equal(tally.fallbacks.error, 1);
  });

  test("in-process answers an idempotent write under the same key, without the deadline that passed", async () => {
    const { call, entered } = strangled({
      stage: "live",
      extracted: fails,
      method: { effect: "idempotent" },
    });
    assert.equal(await call(), "in-process");
    assert.equal(entered.length, 2);
    assert.equal(entered[0]?.key, entered[1]?.key);
    assert.ok(entered[0]?.deadline);
    assert.equal(entered[1]?.deadline, undefined);
    assert.equal(entered[1]?.shadow, false);
  });

  test("the error reaches the caller when doing it again would do it twice", async () => {
    let inProcess = 0;
    const { call } = strangled({
      stage: "live",
      extracted: fails,
      inProcess: async () => ++inProcess,
      method: { effect: "once" },
      limits: { sample: 0 },
    });
    await assert.rejects(call(), { message: "down" });
    assert.equal(inProcess, 0);
  });

  test("the error reaches the caller when the method wants no fallback", async () => {
    const { call } = strangled({ stage: "live", extracted: fails, method: { fallback: "never" } });
    await assert.rejects(call(), { message: "down" });
  });

  test("the error reaches the caller in stage complete", async () => {
    await assert.rejects(strangled({ stage: "complete", extracted: fails }).call(), { message: "down" });
  });

  test("the fallback runs once, and its error is the caller's", async () => {
    let inProcess = 0;
    const { call } = strangled({
      stage: "live",
      extracted: fails,
      inProcess: async () => {
        inProcess += 1;
        throw new RangeError("in-process is down as well");
      },
    });
    await assert.rejects(call(), RangeError);
    assert.equal(inProcess, 1);
  });

  test("what it has to say is an answer: it reaches the caller and nobody else is asked", async () => {
    let inProcess = 0;
    const refusal = new Refusal("no such object");
    const { call, attached, counted } = strangled({
      stage: "live",
      extracted: () => Promise.reject(refusal),
      inProcess: async () => ++inProcess,
      limits: { sample: 0 },
    });
    for (let i = 0; i < 20; i++) await assert.rejects(call(), (thrown) => thrown === refusal);
    assert.equal(inProcess, 0);
    assert.equal(attached.status().breakers["f"], "closed");
    assert.equal((await counted()).tally.calls.extracted.answer, 20);
    attached.stop();
  });

  test("a stub that cannot be loaded is a failure of its side, and loading is tried again", async () => {
    let loads = 0;
    const onLoad = (side: Side) => {
      if (side === "in-process") return;
      loads += 1;
      throw new Error("no such module");
    };
    const { call, counted } = strangled({ stage: "live", onLoad });
    assert.equal(await call(), "in-process");
    assert.equal(await call(), "in-process");
    assert.equal(loads, 2);
    assert.equal((await counted()).tally.fallbacks.error, 2);
  });
});

describe("a hung extracted side", () => {
  const hangs = () => new Promise<never>(() => {});

  test("is left at the deadline, and in-process answers", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const entered = Promise.withResolvers<void>();
    const extracted = () => {
      entered.resolve();
      return hangs();
    };
    const { call, counted } = strangled({ stage: "live", extracted, method: { deadlineMs: 40 } });
    const answer = call();
    await entered.promise;
    t.mock.timers.tick(40);
    assert.equal(await answer, "in-process");
    assert.equal((await counted()).tally.fallbacks.deadline, 1);
  });

  test("is told by the host's own error where nobody else answers", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const entered = Promise.withResolvers<void>();
    const extracted = () => {
      entered.resolve();
      return hangs();
    };
    const { call } = strangled({ stage: "complete", extracted, method: { deadlineMs: 40 } });
    const answer = call();
    await entered.promise;
    t.mock.timers.tick(40);
    await assert.rejects(answer, new Unavailable("embedding.f: deadline"));
  });
});

describe("an open breaker", () => {
  async function opened(stage: Stage) {
    let calls = 0;
    const extracted = async () => {
      calls += 1;
      throw new Error("down");
    };
    const setup = strangled({ stage, extracted, limits: { sample: 0 } });
    for (let i = 0; i < 10; i++) await setup.call().catch(() => {});
    assert.equal(setup.attached.status().breakers["f"], "open");
    return { ...setup, calls: () => calls };
  }

  test("spares the extracted side while in-process answers, and is counted", async () => {
    const { call, calls, counted, attached } = await opened("live");
    const before = calls();
    assert.equal(await call(), "in-process");
    assert.equal(calls(), before);
    const { tally, breakers } = await counted();
    assert.ok(tally.fallbacks["breaker open"] >= 1);
    assert.deepEqual(breakers, [{ method: "f", opened: 1, closed: 0 }]);
    attached.stop();
  });

  test("is told by the host's own error where nobody else answers", async () => {
    const { call, attached } = await opened("complete");
    await assert.rejects(call(), new Unavailable("embedding.f: breaker open"));
    attached.stop();
  });
});

describe("within a shadow call", () => {
  test("a strangled call stays a shadow call, on its authority, and is neither watched nor counted", async () => {
    for (const [stage, side] of [
      ["shadow", "in-process"],
      ["live", "extracted"],
    ] as const) {
      const { call, context, entered, lane, counted } = strangled({ stage });
      assert.equal(await context.run({ key: "k", shadow: true }, () => call()), side);
      assert.equal(lane.load.calls, 0);
      assert.deepEqual(
        entered.map((one) => one.shadow),
        [true],
      );
      assert.deepEqual((await counted()).methods, []);
    }
  });
});
