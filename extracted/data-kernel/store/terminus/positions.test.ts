import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Gap, gapsAfterReset, positionBelow, sequenceAt } from "./gaps.ts";
import { branchAt, forkOf, inheritedUpTo } from "./lineage.ts";

/** Commits, or a reset that keeps some of them. */
const step = fc.oneof(
  fc.constant("commit" as const),
  fc.record({ keep: fc.double({ min: 0, max: 1, noNaN: true }) }),
);

test("sequences rise along a branch, never come twice through resets, and are found by what is below them", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let gaps: Gap[] = [];
      let sequences: number[] = [];
      const seen = new Set<number>();
      for (const each of steps) {
        if (each === "commit") {
          const sequence = sequenceAt(gaps, sequences.length + 1);
          assert(!seen.has(sequence));
          seen.add(sequence);
          sequences.push(sequence);
        } else {
          const kept = Math.floor(each.keep * sequences.length);
          gaps = gapsAfterReset(gaps, sequences.length, kept);
          sequences = sequences.slice(0, kept);
        }
      }
      assert.deepEqual(
        sequences,
        sequences.toSorted((a, b) => a - b),
      );
      for (const [index, sequence] of sequences.entries()) {
        assert.equal(sequenceAt(gaps, index + 1), sequence);
        assert.equal(Math.min(positionBelow(gaps, sequence), sequences.length), index);
        assert.equal(Math.min(positionBelow(gaps, sequence + 1), sequences.length), index + 1);
      }
    }),
  );
});

test("a branch says of every position which branch made its commit", () => {
  const root = { branch: "root", inherited: [] };
  const child = { branch: "child", inherited: inheritedUpTo(3, root) };
  const grandchild = { branch: "grandchild", inherited: inheritedUpTo(5, child) };
  const made = [1, 3, 4, 5, 6].map((position) => branchAt(grandchild, position));
  assert.deepEqual(made, ["root", "root", "child", "child", "grandchild"]);
  assert.equal(forkOf(grandchild), 5);
  assert.deepEqual(inheritedUpTo(2, grandchild), [{ name: "root", upTo: 2 }]);
  assert.deepEqual(inheritedUpTo(0, grandchild), []);
});
