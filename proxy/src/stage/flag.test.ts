import assert from "node:assert/strict";
import { test } from "node:test";
import { type Definition, readFlag } from "./flag.ts";

type Strategy = NonNullable<Definition["strategies"]>[number];

const LIVE_10 = [
  { name: "live", weight: 100, stickiness: "author" },
  { name: "shadow", weight: 900, stickiness: "author" },
];

function everyone(variants: Strategy["variants"], more: Partial<Strategy> = {}): Strategy {
  return {
    name: "flexibleRollout",
    parameters: { rollout: "100", stickiness: "author", groupId: "oms.embedding" },
    ...(variants && { variants }),
    ...more,
  };
}

function flagOf(definition: Partial<Definition>, variant?: string) {
  return readFlag({ enabled: true, ...definition }, () => variant);
}

test("a variant is a stage; off and any other variant is in-process", () => {
  const definition = { strategies: [everyone(LIVE_10)] };
  assert.equal(flagOf(definition, "live").stageFor({}), "live");
  assert.equal(flagOf(definition, "shadow").stageFor({}), "shadow");
  assert.equal(flagOf(definition, undefined).stageFor({}), "in-process");
  assert.equal(flagOf(definition, "canary").stageFor({}), "in-process");
});

test("complete is for everyone or it is live", () => {
  const whole = { strategies: [everyone([{ name: "complete", weight: 1000 }])] };
  const half = {
    strategies: [
      everyone([
        { name: "complete", weight: 500 },
        { name: "live", weight: 500 },
      ]),
    ],
  };
  assert.equal(flagOf(whole, "complete").stageFor({}), "complete");
  assert.equal(flagOf(half, "complete").stageFor({}), "live");
});

test("an answer that is the same for everyone depends on nothing", () => {
  assert.deepEqual(flagOf({ enabled: false, strategies: [everyone(LIVE_10)] }).dependsOn, []);
  const shadowOnly = [
    { name: "live", weight: 0 },
    { name: "shadow", weight: 1000 },
  ];
  assert.deepEqual(flagOf({ strategies: [everyone(shadowOnly)] }).dependsOn, []);
});

test("where all callers are alike, one without a sticky value is served like the others", () => {
  const strategies = [everyone([{ name: "shadow", weight: 1000 }])];
  const flag = readFlag({ enabled: true, strategies }, (fields) => (fields["author"] ? "shadow" : undefined));
  assert.equal(flag.stageFor({}), "shadow");
});

test("beside an exception that is no share, one without a sticky value is still served like the others", () => {
  const acme = everyone([{ name: "live", weight: 1000 }], { constraints: [{ contextName: "tenant" }] });
  const byJob = { parameters: { rollout: "100", stickiness: "jobId" } };
  const flag = readFlag(
    { enabled: true, strategies: [acme, everyone([{ name: "shadow", weight: 1000 }], byJob)] },
    (fields) => (fields["jobId"] ? "shadow" : undefined),
  );
  assert.deepEqual(flag.dependsOn, ["tenant"]);
  assert.equal(flag.stageFor({ tenant: "other", author: "alice@oms" }), "shadow");
});

test("of a share, one without a sticky value has none", () => {
  const byJob = LIVE_10.map((variant) => ({ ...variant, stickiness: "jobId" }));
  const strategies = [everyone(byJob, { parameters: { rollout: "100", stickiness: "jobId" } })];
  const flag = readFlag({ enabled: true, strategies }, (fields) => (fields["jobId"] ? "live" : undefined));
  assert.equal(flag.stageFor({ author: "alice@oms" }), "in-process");
  assert.equal(flag.stageFor({ jobId: "a" }), "live");
});

test("a share depends on the field that makes it sticky", () => {
  assert.deepEqual(flagOf({ strategies: [everyone(LIVE_10)] }).dependsOn, ["author"]);
  const byJob = LIVE_10.map((variant) => ({ ...variant, stickiness: "jobId" }));
  assert.deepEqual(flagOf({ strategies: [everyone(byJob)] }).dependsOn, ["jobId"]);
  const partly = everyone(undefined, { parameters: { rollout: "50", stickiness: "tenant" } });
  assert.deepEqual(flagOf({ strategies: [partly] }).dependsOn, ["tenant"]);
});

test("exceptions add the fields of their constraints and segments", () => {
  const exception = everyone([{ name: "shadow", weight: 1000 }], {
    constraints: [{ contextName: "branch" }],
    segments: [{ constraints: [{ contextName: "tenant" }] }, undefined],
  });
  assert.deepEqual(flagOf({ strategies: [exception, everyone(LIVE_10)] }).dependsOn, [
    "branch",
    "tenant",
    "author",
  ]);
});

test("what comes after a strategy for everyone is not looked at", () => {
  const never = everyone(LIVE_10, { constraints: [{ contextName: "branch" }] });
  assert.deepEqual(
    flagOf({ strategies: [everyone([{ name: "shadow", weight: 1000 }]), never] }).dependsOn,
    [],
  );
});

test("stickiness by default is stickiness by author", () => {
  const variants = LIVE_10.map((variant) => ({ ...variant, stickiness: "default" }));
  assert.deepEqual(flagOf({ strategies: [everyone(variants)] }).dependsOn, ["author"]);
});

test("an answer that chance, time or another flag decides cannot be kept", () => {
  const random = LIVE_10.map((variant) => ({ ...variant, stickiness: "random" }));
  assert.equal(flagOf({ strategies: [everyone(random)] }).dependsOn, "all");
  const timed = everyone(LIVE_10, { constraints: [{ contextName: "currentTime" }] });
  assert.equal(flagOf({ strategies: [timed] }).dependsOn, "all");
  assert.equal(
    flagOf({ strategies: [everyone(LIVE_10)], dependencies: [{ feature: "x" }] }).dependsOn,
    "all",
  );
  assert.equal(flagOf({ strategies: [{ name: "userWithId", parameters: {} }] }).dependsOn, "all");
});

test("a flag that is on without a variant says so", () => {
  const warning = "it is on but has no variant: every call stays in-process";
  assert.equal(flagOf({ strategies: [everyone(undefined)] }).warning, warning);
  assert.equal(flagOf({}).warning, warning);
  assert.equal(flagOf({ strategies: [everyone(LIVE_10)] }).warning, undefined);
  assert.equal(flagOf({ strategies: [everyone(undefined)], variants: LIVE_10 }).warning, undefined);
  assert.equal(flagOf({ enabled: false }).warning, undefined);
});
