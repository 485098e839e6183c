import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ServerFlag, ServerStrategy } from "./admin-api.ts";
import { changesTo, type ServerState, toServer, withLive } from "./change.ts";
import { definitions } from "./definitions.ts";
import { everyone } from "./flag.ts";

const NAME = "oms.embedding";
const FLAG = definitions.flags.find(({ name }) => name === NAME);
/** One flag: the others are told apart by their names alone. */
const DEFINED = { ...definitions, flags: definitions.flags.filter(({ name }) => name === NAME) };

function strategy(change: Partial<ServerStrategy> = {}): ServerStrategy {
  return { id: "1", sortOrder: 0, ...toServer(everyone("author"), NAME), ...change };
}

function server(...strategies: ServerStrategy[]): ServerState {
  const flag: ServerFlag = {
    description: FLAG?.description ?? "",
    archived: false,
    enabled: true,
    strategies,
  };
  return {
    contextFields: new Map(definitions.contextFields.map(({ name, stickiness }) => [name, stickiness])),
    flags: new Map([[NAME, flag]]),
  };
}

function liveAt(weight: number): ServerStrategy["variants"] {
  return withLive(everyone("author").variants, weight).map((v) => ({ ...v, stickiness: "author" }));
}

describe("changesTo", () => {
  test("creates everything on an empty server, the fields and the flag before the strategy", () => {
    const empty = { contextFields: new Map(), flags: new Map() };
    const kinds = changesTo(definitions, empty, "s1.").map(({ kind }) => kind);
    assert.deepEqual(kinds, [
      ...definitions.contextFields.map(() => "create context field"),
      ...definitions.flags.flatMap(() => ["create flag", "add strategy"]),
    ]);
  });

  test("leaves alone how much is live, and a flag that is complete", () => {
    const complete = [
      { name: "complete", weight: 1000, weightType: "variable" as const, stickiness: "author" },
    ];
    assert.deepEqual(changesTo(DEFINED, server(strategy({ variants: liveAt(370) })), ""), []);
    assert.deepEqual(changesTo(DEFINED, server(strategy({ variants: complete })), ""), []);
  });

  const differences: readonly (readonly [string, Partial<ServerStrategy>, RegExp])[] = [
    ["another kind of strategy", { name: "default" }, /strategy is a default/],
    ["a disabled strategy", { disabled: true }, /disabled/],
    ["a constraint", { constraints: [{ contextName: "tenant" }] }, /not for everyone/],
    ["a partial rollout", { parameters: { rollout: "50", stickiness: "author" } }, /rollout is 50 %/],
    [
      "stickiness default",
      { parameters: { rollout: "100", stickiness: "default" } },
      /stickiness is default/,
    ],
    ["no variants", { variants: [] }, /variants are none/],
    ["a variant too many", { variants: [...liveAt(0), ...liveAt(0).slice(0, 1)] }, /variants are/],
  ];
  for (const [what, change, because] of differences) {
    test(`repairs ${what} and keeps the live weight where there is one`, () => {
      const found = strategy({ variants: liveAt(370), ...change });
      const [repair, ...rest] = changesTo(DEFINED, server(found), "");
      assert.ok(repair?.kind === "repair strategy" && rest.length === 0);
      assert.match(repair.because, because);
      const wanted = change.variants ? (change.variants[0]?.weight ?? 0) : 370;
      assert.deepEqual(repair.strategy, strategy({ variants: liveAt(wanted) }));
    });
  }

  test("repairs a flag that is complete and keeps it complete", () => {
    const complete = [
      { name: "complete", weight: 1000, weightType: "variable" as const, stickiness: "author" },
    ];
    const [repair] = changesTo(DEFINED, server(strategy({ variants: complete, disabled: true })), "");
    assert.ok(repair?.kind === "repair strategy");
    assert.deepEqual(repair.strategy, strategy({ variants: complete }));
  });

  test("leaves exceptions above everyone alone and says when one below is never reached", () => {
    const exception = strategy({ id: "2", title: "tenant acme", constraints: [{ contextName: "tenant" }] });
    assert.deepEqual(changesTo(DEFINED, server(exception, strategy()), ""), []);
    const [change] = changesTo(DEFINED, server(strategy(), exception), "");
    assert.equal(change?.kind, "person needed");
    assert.match(change?.because ?? "", /tenant acme stands below everyone/);
  });

  test("asks a person about an exception that splits by another field, not about one that splits nobody", () => {
    const constraints = [{ contextName: "tenant" }];
    const parameters = { rollout: "100", stickiness: "default" };
    const whole = liveAt(1000).map((variant) => ({ ...variant, stickiness: "default" }));
    const halves = liveAt(500).map((variant) => ({ ...variant, stickiness: "tenant" }));
    const exception = (change: Partial<ServerStrategy>) =>
      changesTo(DEFINED, server(strategy({ title: "acme", constraints, ...change }), strategy()), "");
    assert.deepEqual(exception({ parameters, variants: whole }), []);
    for (const [split, by] of [
      [{ variants: halves }, "tenant"],
      [{ parameters: { ...parameters, rollout: "50" } }, "default"],
    ] as const) {
      const [change, ...rest] = exception(split);
      assert.equal(change?.kind, "person needed");
      assert.match(change?.because ?? "", new RegExp(`acme splits by ${by}, not author`));
      assert.deepEqual(rest, []);
    }
  });

  test("leaves an archived flag to a person", () => {
    const state = server(strategy());
    const archived = { ...(state.flags.get(NAME) as ServerFlag), archived: true };
    const changes = changesTo(DEFINED, { ...state, flags: new Map([[NAME, archived]]) }, "");
    assert.deepEqual(
      changes.map(({ kind }) => kind),
      ["person needed"],
    );
  });
});
