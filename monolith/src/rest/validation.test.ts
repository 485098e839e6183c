import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { newObject } from "../ontology/object.ts";
import { newObjectType } from "../ontology/object-type.ts";
import { parse } from "./validation.ts";

function refusal(run: () => unknown): ServiceError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ServiceError);
    return error;
  }
  throw new assert.AssertionError({ message: "nothing was refused" });
}

describe("parsing a request", () => {
  it("fills in what has a default", () => {
    const type = parse(newObjectType, { id: "City", properties: [{ name: "name", type: "string" }] });
    assert.deepEqual(type, { id: "City", properties: [{ name: "name", type: "string", required: false }] });
  });

  it("names every violation at once, with its path, unknown fields last", () => {
    const error = refusal(() =>
      parse(newObjectType, {
        colour: 1,
        id: "",
        properties: [
          { name: "1st", type: "string" },
          { name: "a", type: "text" },
          { name: "b" },
          { name: "c", type: "date", required: "yes" },
        ],
      }),
    );
    assert.equal(error.code, "INVALID_ARGUMENT");
    assert.deepEqual(error.violations, [
      { field: "id", message: "must be a letter or digit followed by letters, digits and ._~:-" },
      { field: "properties[0].name", message: "must be a letter followed by letters, digits and _" },
      { field: "properties[1].type", message: "must be one of string, number, boolean, date, string[]" },
      { field: "properties[2].type", message: "is required" },
      { field: "properties[3].required", message: "must be true or false" },
      { field: "colour", message: "is not a known field" },
    ]);
    assert.ok(error.message.includes("._~:-; properties[0].name must be a letter"));
  });

  it("refuses a property name used twice", () => {
    const twice = { name: "a", type: "string" };
    const error = refusal(() => parse(newObjectType, { id: "T", properties: [twice, twice] }));
    assert.deepEqual(error.violations, [
      { field: "properties[1].name", message: "must not repeat an earlier name" },
    ]);
  });

  it("refuses values that no property can hold", () => {
    const error = refusal(() =>
      parse(newObject, { id: "x", type: "T", properties: { a: null, b: { c: 1 }, c: [1] } }),
    );
    assert.deepEqual(
      error.violations.map(({ field }) => field),
      ["properties.a", "properties.b", "properties.c"],
    );
    assert.equal(
      error.violations[0]?.message,
      "must be a string, a number, a boolean or an array of strings",
    );
  });

  for (const body of [undefined, null, 1, "text", []])
    it(`refuses a body that is ${JSON.stringify(body)}`, () => {
      assert.deepEqual(refusal(() => parse(newObject, body)).violations, [
        { field: "body", message: "must be a JSON object" },
      ]);
    });
});
