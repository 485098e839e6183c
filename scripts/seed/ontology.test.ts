import assert from "node:assert/strict";
import { test } from "node:test";
import { objects, objectTypes } from "./ontology.ts";

test("every sample object is of a sample type, has what it requires and nothing it does not know", () => {
  for (const { id, type, properties } of objects) {
    const declared = objectTypes.find((each) => each.id === type)?.properties;
    assert.ok(declared, `${id} is a ${type}`);
    const known = declared.map(({ name }) => name);
    assert.deepEqual(
      Object.keys(properties).filter((name) => !known.includes(name)),
      [],
    );
    assert.ok(declared.every(({ name, required }) => !required || name in properties));
  }
});

test("no id is used twice, and both languages are there", () => {
  assert.equal(new Set(objects.map(({ id }) => id)).size, objects.length);
  const isKorean = ({ properties }: (typeof objects)[number]) =>
    /\p{Script=Hangul}/u.test(JSON.stringify(properties));
  assert.equal(objects.filter(isKorean).length, 10);
  assert.equal(objects.length, 40);
});
