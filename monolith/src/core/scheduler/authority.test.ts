import assert from "node:assert/strict";
import { it } from "node:test";
import type { StranglerStatus } from "@oms/proxy/strangler.ts";
import { trustedSides } from "./authority.ts";

type Standing = StranglerStatus["flags"];
type Capability = StranglerStatus["capabilities"][number];

const CEILING = {
  stage: "shadow",
  generation: 1,
  reason: "errors",
  by: "alice@oms",
} as unknown as Capability["ceiling"];

const status = (flags: Standing, ceilings: Standing, more: Partial<Capability> = {}): StranglerStatus => ({
  flags,
  ceilings,
  lane: { calls: 0, bytes: 0 },
  capabilities: [
    {
      capability: "scheduler",
      stage: "in-process",
      source: "flag",
      varies: false,
      ceiling: undefined,
      warning: undefined,
      breakers: {},
      ...more,
    },
  ],
});

const table: [what: string, status: StranglerStatus, sides: string[]][] = [
  ["all is known", status("fresh", "fresh"), ["in-process", "extracted"]],
  ["there is neither a flag server nor Redis", status("off", "off"), ["in-process", "extracted"]],
  ["flags may have changed", status("last known", "fresh"), []],
  ["a ceiling may be new", status("fresh", "last known"), ["in-process"]],
  ["a ceiling may have been lifted", status("fresh", "last known", { ceiling: CEILING }), []],
  [
    "the environment says so, whatever else is known",
    status("last known", "fresh", { source: "override" }),
    ["in-process", "extracted"],
  ],
  [
    "the environment says so, and a ceiling may be new",
    status("last known", "last known", { source: "override", ceiling: CEILING }),
    ["in-process"],
  ],
];
for (const [what, known, sides] of table)
  it(`where ${what}, jobs are moved to: ${sides.join(", ") || "nowhere"}`, () => {
    assert.deepEqual([...trustedSides(known)], sides);
  });
