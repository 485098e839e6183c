import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { inMemory } from "../store/writes.ts";
import type { Hook } from "./hook.ts";
import { type Base, createInspect } from "./inspect.ts";

const proposed = { branch: "test/a/b", author: "alice@oms", service: "oms", message: "as asked", timeMs: 1 };
const NOTHING: Base = { find: () => undefined, referrers: () => [] };

const inspect = (hook: Hook, base: Base) =>
  createInspect([hook])({ proposed, writes: inMemory([{ delete: "a" }]), base });

const looking: Hook = { name: "looking", inspectChange: ({ before }) => (before ? [] : []) };

test("what the store throws while a hook looks is the store's own error, what the hook throws is internal", () => {
  const busy = new Error("the store is busy");
  const find = () => {
    throw busy;
  };
  assert.throws(
    () => inspect(looking, { ...NOTHING, find }),
    (error) => error === busy,
  );
  const failing: Hook = { name: "failing", inspect: () => assert.fail("a bug") };
  assert.throws(
    () => inspect(failing, NOTHING),
    (error) => error instanceof ServiceError && error.code === "INTERNAL" && !error.message.includes("bug"),
  );
});

test("of many referrers those that the commit itself changes are passed over, however many they are", () => {
  const ids = Array.from({ length: 500 }, (_, n) => `d${n}`);
  const base: Base = { ...NOTHING, referrers: (_id, limit) => ids.slice(0, limit) };
  const writes = inMemory(ids.slice(0, 499).map((id) => ({ delete: id })));
  let left: readonly string[] = [];
  const hook: Hook = {
    name: "asking",
    inspect(_proposed, look) {
      left = look.referrers("x", 2);
      return [];
    },
  };
  createInspect([hook])({ proposed, writes, base });
  assert.deepEqual(left, ["d499"]);
});
