import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { effectKey } from "./effects.ts";

test("an effect is named by its subscriber and by its event", () => {
  assert.equal(
    effectKey("search", { source: "/branches/dev/oms/main", id: "k/0" }),
    "search//branches/dev/oms/main k/0",
  );
});

test("whatever an event is named, the key of its effect is its own and any header carries it", () => {
  const name = fc.string({ minLength: 1, maxLength: 400, unit: "grapheme" });
  const source = name.map((text) => text.replaceAll(" ", "_"));
  const event = fc.record({ source, id: name });
  fc.assert(
    fc.property(event, event, (a, b) => {
      assert.match(effectKey("bell", a), /^\P{Cc}{1,200}$/u);
      const same = a.source === b.source && a.id === b.id;
      assert.equal(effectKey("bell", a) === effectKey("bell", b), same);
      assert.notEqual(effectKey("bell", a), effectKey("clock", a));
    }),
  );
});
