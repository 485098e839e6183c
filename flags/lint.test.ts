import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { definitions } from "./definitions.ts";
import { type Definitions, everyone, type Flag, type Step, type Strategy } from "./flag.ts";
import { lint } from "./lint.ts";

const LADDER: readonly Step[] = [
  { stage: "shadow", percent: 100, planned: "2026-12-01" },
  { stage: "live", percent: 10, planned: "2026-12-08" },
  { stage: "live", percent: 100, planned: "2026-12-09" },
  { stage: "complete", percent: 100, planned: "2027-01-09" },
];
const FLAG: Flag = {
  name: "oms.sample",
  description: "Which side answers sample calls",
  owner: "sample@oms",
  strategies: [everyone("author")],
  ladder: LADDER,
};

function definitionsOf(...flags: Flag[]): Definitions {
  return {
    contextFields: [
      { name: "author", description: "who", stickiness: true },
      { name: "tenant", description: "for whom", stickiness: false },
      { name: "jobId", description: "which job", stickiness: true },
    ],
    flags,
    retired: ["oms.gone"],
  };
}

function withStrategy(change: Partial<Strategy>): Flag {
  return { ...FLAG, strategies: [{ ...everyone("author"), ...change }] };
}

function withStep(index: number, change: Partial<Step>): Flag {
  return { ...FLAG, ladder: LADDER.map((step, at) => (at === index ? { ...step, ...change } : step)) };
}

function withWeights(live: number, shadow: number): Flag {
  return withStrategy({
    variants: [
      { name: "live", weight: live, weightType: "fix" },
      { name: "shadow", weight: shadow, weightType: "variable" },
    ],
  });
}

const WRONG: readonly (readonly [what: string, flag: Flag, finding: RegExp])[] = [
  ["a name outside oms", { ...FLAG, name: "embedding" }, /name must be/],
  ["a name with capitals", { ...FLAG, name: "oms.Sample" }, /name must be/],
  ["the name of a deleted flag", { ...FLAG, name: "oms.gone" }, /belonged to a deleted flag/],
  ["an empty description", { ...FLAG, description: " " }, /description/],
  ["no owner", { ...FLAG, owner: "somebody" }, /owner/],
  ["no strategy", { ...FLAG, strategies: [] }, /one strategy, not 0/],
  [
    "two strategies",
    { ...FLAG, strategies: [everyone("author"), everyone("author")] },
    /one strategy, not 2/,
  ],
  ["another title", withStrategy({ title: "all" }), /title must be everyone/],
  ["another kind of strategy", withStrategy({ name: "gradualRolloutUserId" }), /flexibleRollout/],
  ["a rollout below 100 %", withStrategy({ rollout: 50 }), /let in 100 %/],
  ["stickiness default", withStrategy({ stickiness: "default" }), /re-rolls/],
  ["an unknown stickiness field", withStrategy({ stickiness: "shoeSize" }), /allows stickiness/],
  ["a field that forbids stickiness", withStrategy({ stickiness: "tenant" }), /allows stickiness/],
  ["jobs in a flag that is not the scheduler's", withStrategy({ stickiness: "jobId" }), /is the scheduler's/],
  [
    "a scheduler's flag that follows its callers",
    { ...FLAG, name: "oms.scheduler" },
    /must be jobId, not author: a job has one owner/,
  ],
  ["weights over the whole", withWeights(500, 1000), /sum to 1000, not 1500/],
  ["weights that are no shares", withWeights(-1, 1001), /whole, from 0 to 1000/],
  ["no variants", withStrategy({ variants: [] }), /variants must be/],
  [
    "a live weight that is not fixed",
    withStrategy({ variants: everyone("author").variants.map((v) => ({ ...v, weightType: "variable" })) }),
    /live must be fixed/,
  ],
  [
    "a shadow weight that is fixed",
    withStrategy({ variants: everyone("author").variants.map((v) => ({ ...v, weightType: "fix" })) }),
    /shadow must be variable/,
  ],
  [
    "complete for a part",
    withStrategy({ variants: [{ name: "complete", weight: 500, weightType: "fix" }] }),
    /only ever 100 %/,
  ],
  [
    "complete beside another variant",
    withStrategy({
      variants: [...everyone("author").variants, { name: "complete", weight: 0, weightType: "fix" }],
    }),
    /complete alone/,
  ],
  ["a ladder that does not start in shadow", { ...FLAG, ladder: LADDER.slice(1) }, /start in shadow/],
  ["a ladder without live", { ...FLAG, ladder: [LADDER[0], LADDER[3]] as Step[] }, /pass through live/],
  ["a ladder that never completes", { ...FLAG, ladder: LADDER.slice(0, 3) }, /end in complete/],
  ["a step to a part of complete", withStep(3, { percent: 99 }), /complete is only ever 100 %/],
  ["a live step of nothing", withStep(1, { percent: 0 }), /from 1 to 100/],
  ["a step down", withStep(2, { percent: 5 }), /live 5 % must be above live 10 %/],
  ["a step planned before the one below", withStep(2, { planned: "2026-12-02" }), /planned before/],
  ["a day that does not exist", withStep(0, { planned: "2026-02-30" }), /YYYY-MM-DD/],
  ["a date in another form", withStep(0, { planned: "1 December" }), /YYYY-MM-DD/],
];

describe("lint", () => {
  test("has nothing to say about the definitions of OMS", () => {
    assert.deepEqual(lint(definitions), []);
  });

  test("has nothing to say about a flag that is complete", () => {
    const complete = withStrategy({ variants: [{ name: "complete", weight: 1000, weightType: "variable" }] });
    assert.deepEqual(lint(definitionsOf(FLAG)), []);
    assert.deepEqual(lint(definitionsOf(complete)), []);
  });

  for (const [what, flag, finding] of WRONG) {
    test(`finds ${what}`, () => {
      assert.match(
        lint(definitionsOf(flag))
          .map(({ message }) => message)
          .join("\n"),
        finding,
      );
    });
  }

  test("finds a name that is used twice, once", () => {
    assert.deepEqual(lint(definitionsOf(FLAG, FLAG)), [
      { flag: "oms.sample", message: "name is used twice" },
    ]);
  });

  test("lets through only variants that share out all calls, whatever it is given", () => {
    const variant = fc.record({
      name: fc.constantFrom("live", "shadow", "complete", "other"),
      weight: fc.oneof(fc.constantFrom(0, 500, 1000), fc.double({ min: -10, max: 1010 })),
      weightType: fc.constantFrom("fix" as const, "variable" as const),
    });
    const split = fc
      .tuple(fc.integer({ min: 0, max: 1000 }), fc.constantFrom(-100, 0, 0, 100))
      .map(([live, off]) => withWeights(live, 1000 - live + off).strategies);
    const any = fc.array(variant, { maxLength: 3 }).map((variants) => withStrategy({ variants }).strategies);
    fc.assert(
      fc.property(fc.oneof(split, any), (strategies) => {
        const clean = lint(definitionsOf({ ...FLAG, strategies })).length === 0;
        const weights = strategies.flatMap(({ variants }) => variants.map(({ weight }) => weight));
        const whole = weights.reduce((sum, weight) => sum + weight, 0) === 1000;
        return !clean || (whole && weights.every((weight) => Number.isInteger(weight) && weight >= 0));
      }),
    );
  });
});
