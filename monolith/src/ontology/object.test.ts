import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { violationsOf } from "./object.ts";
import { textOf } from "./object-text.ts";
import type { Property } from "./object-type.ts";

const city = {
  id: "City",
  properties: [
    { name: "name", type: "string", required: true },
    { name: "population", type: "number", required: false },
    { name: "capital", type: "boolean", required: false },
    { name: "founded", type: "date", required: false },
    { name: "districts", type: "string[]", required: false },
  ] satisfies Property[],
};

describe("the rules of a type", () => {
  it("accepts an object that has every kind of property", () => {
    const properties = {
      name: "Seoul",
      population: 9.4e6,
      capital: true,
      founded: "1394-10-25",
      districts: ["Jongno"],
    };
    assert.deepEqual(violationsOf(city, properties), []);
  });

  it("accepts an object that leaves out what is not required", () => {
    assert.deepEqual(violationsOf(city, { name: "Seoul" }), []);
  });

  it("lists everything wrong: declared properties in their order, then unknown ones", () => {
    const properties = {
      mayor: "x",
      districts: "Jongno",
      founded: "1394-13-01",
      capital: "yes",
      population: "many",
    };
    assert.deepEqual(violationsOf(city, properties), [
      { field: "properties.name", message: "is required" },
      { field: "properties.population", message: "must be a number" },
      { field: "properties.capital", message: "must be true or false" },
      { field: "properties.founded", message: "must be an ISO 8601 date or date-time with offset" },
      { field: "properties.districts", message: "must be an array of strings" },
      { field: "properties.mayor", message: "is not a property of City" },
    ]);
  });

  it("does not mistake what every object inherits for a property", () => {
    const type = {
      id: "T",
      properties: [{ name: "constructor", type: "string", required: true }] satisfies Property[],
    };
    assert.deepEqual(violationsOf(type, {}), [{ field: "properties.constructor", message: "is required" }]);
  });

  it("reads a date with the days its month has", () => {
    const founded = (date: string) => violationsOf(city, { name: "x", founded: date }).length;
    assert.equal(founded("2024-02-29"), 0);
    assert.equal(founded("2024-02-29T12:00:00+09:00"), 0);
    assert.equal(founded("2023-02-29"), 1);
    assert.equal(founded("2024-02-28T12:00:00"), 1);
  });
});

describe("the text of an object", () => {
  it("starts with the title and has the other strings by property name", () => {
    const properties = {
      zone: "Asia",
      alias: ["Hanyang", ""],
      population: 9,
      name: "Seoul",
      founded: "1394-10-25",
    };
    assert.equal(textOf({ properties }), "Seoul\nHanyang\nAsia");
  });

  it("does not depend on the order in which properties were written", () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string()));
    const properties = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), value);
    fc.assert(
      fc.property(properties, (one) => {
        const reversed = Object.fromEntries(Object.entries(one).reverse());
        assert.equal(textOf({ properties: reversed }), textOf({ properties: one }));
      }),
    );
  });

  it("is never longer than what an index takes", () => {
    assert.equal(textOf({ properties: { name: "x".repeat(200_000) } }).length, 100_000);
  });

  it("is empty for an object without strings", () => {
    assert.equal(textOf({ properties: { population: 1, founded: "1394-10-25", name: "" } }), "");
  });
});
