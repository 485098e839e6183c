import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Timetable } from "./timetable.ts";

const time = fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined });
const step = fc.oneof(
  fc.record({ id: fc.constantFrom("a", "b", "c", "d"), atMs: time }),
  fc.record({ takeUntil: fc.integer({ min: 0, max: 50 }) }),
);

test("it gives what is due, once for each time that was set last, the earliest first", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const table = new Timetable();
      const times = new Map<string, number>();
      for (const each of steps) {
        if ("takeUntil" in each) {
          const due = [...times].filter(([, atMs]) => atMs <= each.takeUntil);
          const taken = table.takeUntil(each.takeUntil);
          assert.deepEqual(new Set(taken), new Set(due.map(([id]) => id)));
          const inOrder = taken.map((id) => times.get(id) ?? assert.fail());
          assert.deepEqual(
            inOrder,
            inOrder.toSorted((a, b) => a - b),
          );
          for (const id of taken) times.delete(id);
        } else {
          table.set(each.id, each.atMs);
          if (each.atMs === undefined) times.delete(each.id);
          else times.set(each.id, each.atMs);
        }
        assert.equal(table.nextMs(), times.size === 0 ? undefined : Math.min(...times.values()));
      }
    }),
  );
});
