import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import fc from "fast-check";
import { requireAcyclic } from "./acyclic.ts";

type Edges = Readonly<Record<string, readonly string[]>>;

function jobsOf(edges: Edges) {
  return new Map(Object.entries(edges).map(([id, dependsOn]) => [id, { id, dependsOn }]));
}

function refusedFields(id: string, dependsOn: readonly string[], others: Edges): string[] {
  try {
    requireAcyclic({ id, dependsOn }, jobsOf(others));
    return [];
  } catch (error) {
    assert.ok(error instanceof ServiceError && error.code === "INVALID_ARGUMENT");
    return error.violations.map(({ field }) => field);
  }
}

test("each dependency that is wrong is named: the job itself, no job, one that waits for it", () => {
  const others = { plain: [], far: ["near"], near: ["me"] };
  assert.deepEqual(refusedFields("me", ["plain"], others), []);
  assert.deepEqual(refusedFields("me", ["plain", "me"], others), ["dependsOn[1]"]);
  assert.deepEqual(refusedFields("me", ["nobody", "plain"], others), ["dependsOn[0]"]);
  assert.deepEqual(refusedFields("me", ["far", "plain", "near"], others), ["dependsOn[0]", "dependsOn[2]"]);
});

test("what a job depended on before does not count: only what it is to depend on", () => {
  assert.deepEqual(refusedFields("me", ["other"], { me: ["other"], other: [] }), []);
});

test("two jobs may wait for the same one by many ways", () => {
  const layers = 30;
  const edges = Object.fromEntries(
    Array.from({ length: layers }, (_, layer) => [
      [`a${layer}`, layer === 0 ? [] : [`a${layer - 1}`, `b${layer - 1}`]],
      [`b${layer}`, layer === 0 ? [] : [`a${layer - 1}`, `b${layer - 1}`]],
    ]).flat(),
  );
  assert.deepEqual(refusedFields("me", [`a${layers - 1}`, `b${layers - 1}`], edges), []);
});

test("jobs that were let in one by one never wait in a circle", () => {
  const ids = ["a", "b", "c", "d", "e"];
  const edit = fc.record({ id: fc.constantFrom(...ids), dependsOn: fc.uniqueArray(fc.constantFrom(...ids)) });
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 30 }), (edits) => {
      const edges: Record<string, readonly string[]> = Object.fromEntries(ids.map((id) => [id, []]));
      for (const { id, dependsOn } of edits)
        if (refusedFields(id, dependsOn, edges).length === 0) edges[id] = dependsOn;
      assert.ok(isAcyclic(edges));
    }),
  );
});

/** Jobs that wait for nobody are taken away until none is left. */
function isAcyclic(edges: Edges): boolean {
  const left = new Map(Object.entries(edges));
  for (;;) {
    const free = [...left].filter(([, dependsOn]) => dependsOn.every((id) => !left.has(id)));
    if (free.length === 0) return left.size === 0;
    for (const [id] of free) left.delete(id);
  }
}
