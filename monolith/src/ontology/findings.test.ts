import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { inCallersWords } from "./findings.ts";

/** The kernel's fields, and the caller's for the same. */
const FIELDS = [
  ["writes[0].put.body/properties/name", "properties.name"],
  ["writes[0].put.body/properties/tags/2", "properties.tags[2]"],
  ["writes[0].put.body/properties/a~1b~0c", "properties.a/b~c"],
  ["writes[0].put.body/from", "from"],
  ["writes[0].put.body", "body"],
  ["writes[0].put", "body"],
  ["writes[0].put.id", "id"],
  ["writes[0].delete", "id"],
  ["writes[3].put.body/schema", "body"],
  ["message", "id"],
  ["branch", "branch"],
] as const;

test("what the kernel found is told by the caller's own fields, with its code and its messages", () => {
  const violations = FIELDS.map(([field]) => ({ field, message: "is refused" }));
  const told = inCallersWords(new ServiceError("FAILED_PRECONDITION", "the kernel's text", violations));
  assert.equal(told.code, "FAILED_PRECONDITION");
  assert.deepEqual(
    told.violations,
    FIELDS.map(([, field]) => ({ field, message: "is refused" })),
  );
  assert.match(told.message, /^properties\.name is refused; properties\.tags\[2\] is refused/);
});
