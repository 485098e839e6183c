import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import type { Violation } from "../errors/service-error.ts";
import { expression } from "./expression.ts";
import { areUnique } from "./unique.ts";

const ajv = new Ajv2020({
  allErrors: true,
  // `constructor` and the like are properties only when they are written down.
  ownProperties: true,
  validateFormats: false,
  // Every schema stands alone, whatever $id it gives itself.
  addUsedSchema: false,
  strictTypes: false,
  logger: false,
  code: { regExp: Object.assign(expression, { code: "expression" }) },
});
ajv.removeKeyword("uniqueItems");
ajv.addKeyword({
  keyword: "uniqueItems",
  type: "array",
  schemaType: "boolean",
  compile: (asked: boolean) => (items: unknown[]) => !asked || areUnique(items),
  error: { message: "must NOT have duplicate items" },
});

/** What is wrong with a value, `field` being a JSON pointer (RFC 6901) into it, "" for all of it. */
export type Findings = (value: unknown) => readonly Violation[];

/**
 * A JSON Schema, draft 2020-12, that may come from anybody: judging takes time in proportion to the value. Or why it is
 * none. `format` is an annotation.
 */
export function compileJsonSchema(schema: object): Findings | string {
  const validate = compile(schema);
  if (typeof validate === "string") return validate;
  return (value) => (validate(value) ? [] : (validate.errors ?? []).map(findingOf));
}

/** The validator, or why there is none. */
function compile(schema: object): ValidateFunction | string {
  try {
    const validate = ajv.compile(schema);
    // Its verdict would be a promise, which says yes to everything.
    return "$async" in validate ? "must not be $async" : validate;
  } catch (error) {
    return `is no JSON Schema: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    ajv.removeSchema(schema);
  }
}

/** Where ajv names the object that a property is missing from, or too many in, the field is the property. */
function findingOf({ instancePath, keyword, params, message }: ErrorObject): Violation {
  const inside = (name: unknown) => `${instancePath}${stepTo(String(name))}`;
  switch (keyword) {
    case "required":
      return { field: inside(params["missingProperty"]), message: "is required" };
    case "additionalProperties":
      return { field: inside(params["additionalProperty"]), message: "is not in the schema" };
    case "unevaluatedProperties":
      return { field: inside(params["unevaluatedProperty"]), message: "is not in the schema" };
    case "const":
      return { field: instancePath, message: `must be ${JSON.stringify(params["allowedValue"])}` };
    case "enum":
      return { field: instancePath, message: `must be one of ${JSON.stringify(params["allowedValues"])}` };
    default:
      return { field: instancePath, message: message ?? `does not hold to ${keyword}` };
  }
}

/** What is added to a pointer to reach a member. */
function stepTo(name: string): string {
  return `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
