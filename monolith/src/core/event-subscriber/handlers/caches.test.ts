import assert from "node:assert/strict";
import { test } from "node:test";
import type { Delivery } from "@oms/events/delivery.ts";
import { Caches } from "./caches.ts";

function cachesOf() {
  const heard: string[] = [];
  const caches = new Caches("dev", {
    forget: (branch, document) => heard.push(`forget ${document} on ${branch}`),
    told: (everything) => heard.push(everything ? "told" : "not told"),
  });
  return { caches, heard };
}

const commitOn = (branch: string): Delivery => ({
  event: {
    specversion: "1.0",
    id: "k/0",
    source: `/branches/${branch}`,
    type: "oms.kernel.document.updated",
    data: { branch, kind: "updated", document: { id: "ObjectType/City", type: "ObjectType", revision: "r" } },
  },
  attempt: 1,
  sequence: 1,
  storedMs: 0,
});

test("what a commit changes is forgotten, on branches of the ontology alone", () => {
  const { caches, heard } = cachesOf();
  const look = caches.follow();
  for (const branch of ["dev/oms/main", "dev/audit/events", "test/oms/main"]) look.event(commitOn(branch));
  assert.deepEqual(heard, ["forget ObjectType/City on main"]);
});

test("while one of two looks stands everything is told, and when none does it is not", () => {
  const { caches, heard } = cachesOf();
  const [one, other] = [caches.follow(), caches.follow()];
  one.stands(true);
  other.stands(true);
  one.stands(false);
  assert.deepEqual(heard, ["told"]);
  other.stands(false);
  assert.deepEqual(heard, ["told", "not told"]);
});

test("after a gap all is forgotten, and whether it is told from then on is as it was", () => {
  const { caches, heard } = cachesOf();
  const look = caches.follow();
  look.gap();
  look.stands(true);
  look.gap();
  assert.deepEqual(heard, ["not told", "told", "told"]);
});
