import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { STAGES } from "../model/stage.ts";
import type { NamedDefinition } from "./flag-server.ts";
import { exceptionsOf, type Shares, sharesOf, under } from "./shares.ts";

type Strategy = NamedDefinition["strategies"][number];

function strategy(
  variants: Strategy["variants"],
  rollout = "100",
  constraints: Strategy["constraints"] = [],
) {
  return { name: "flexibleRollout", parameters: { rollout, stickiness: "author" }, constraints, variants };
}

function flag(...strategies: Strategy[]): NamedDefinition {
  return { name: "oms.embedding", enabled: true, strategies, variants: [] };
}

const live = (weight: number) => [
  { name: "live", weight },
  { name: "shadow", weight: 1000 - weight },
];
const shares = (part: Partial<Shares>): Shares => ({
  "in-process": 0,
  shadow: 0,
  live: 0,
  complete: 0,
  ...part,
});

describe("the callers' shares", () => {
  const table: readonly (readonly [string, NamedDefinition, Shares])[] = [
    ["off", { ...flag(strategy(live(500))), enabled: false }, shares({ "in-process": 100 })],
    ["on without a strategy", flag(), shares({ "in-process": 100 })],
    ["on without a variant", flag(strategy([])), shares({ "in-process": 100 })],
    ["in shadow", flag(strategy(live(0))), shares({ shadow: 100 })],
    ["live for a tenth", flag(strategy(live(100))), shares({ live: 10, shadow: 90 })],
    ["complete", flag(strategy([{ name: "complete", weight: 1000 }])), shares({ complete: 100 })],
    [
      "complete for a half, which is live",
      flag(
        strategy([
          { name: "complete", weight: 500 },
          ...live(0)
            .slice(1)
            .map((v) => ({ ...v, weight: 500 })),
        ]),
      ),
      shares({ live: 50, shadow: 50 }),
    ],
    ["let in by half", flag(strategy(live(1000), "50")), shares({ "in-process": 50, live: 50 })],
    [
      "of a variant nobody knows",
      flag(strategy([{ name: "beta", weight: 1000 }])),
      shares({ "in-process": 100 }),
    ],
    [
      "with an exception above",
      flag(strategy(live(1000), "100", [{ contextName: "tenant" }]), strategy(live(0))),
      shares({ shadow: 100 }),
    ],
  ];
  for (const [what, definition, expected] of table) {
    test(`of a flag ${what}`, () => assert.deepEqual(sharesOf(definition), expected));
  }

  test("count exceptions", () => {
    const tenant = strategy(live(1000), "100", [{ contextName: "tenant" }]);
    assert.equal(exceptionsOf(flag(tenant, strategy(live(0)))), 1);
  });

  test("stay whole under any ceiling, with nobody above it", () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.constantFrom(...STAGES), (weight, ceiling) => {
        const held = under(sharesOf(flag(strategy(live(weight)))), ceiling);
        const total = STAGES.reduce((sum, stage) => sum + held[stage], 0);
        assert.ok(Math.abs(total - 100) < 1e-9);
        for (const stage of STAGES.slice(STAGES.indexOf(ceiling) + 1)) assert.equal(held[stage], 0);
      }),
    );
  });
});
