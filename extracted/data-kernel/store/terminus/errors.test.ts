import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { CODES, refusalOf, toServiceError } from "./errors.ts";

const typed = (type: string) => ({ "@type": "api:WoqlErrorResponse", "api:error": { "@type": type } });

test("every typed error is known by its type, whatever the status says", () => {
  for (const [type, code] of Object.entries(CODES)) {
    for (const status of [400, 404, 500]) {
      const { code: found, type: named } = refusalOf(status, typed(type));
      assert.deepEqual([found, named], [code, type]);
    }
  }
});

test("errors that carry no type are known by their status, a spent retry count by its text", () => {
  const bare = (message: string) => ({ "api:status": "api:failure", "api:message": message });
  const found = [
    [401, undefined],
    [403, bare("Access denied")],
    [404, bare("unknown path")],
    [408, undefined],
    [409, { "@type": "api:ApplyError" }],
    [503, new SyntaxError("<html>")],
    [400, bare("?")],
    [500, bare("Unexpected failure in request handler")],
    [500, bare("Transaction retry count exceeded 4")],
  ] as const;
  assert.deepEqual(
    found.map(([status, body]) => refusalOf(status, body).code),
    [
      "UNAUTHENTICATED",
      "PERMISSION_DENIED",
      "NOT_FOUND",
      "DEADLINE_EXCEEDED",
      "ABORTED",
      "UNAVAILABLE",
      "INVALID_ARGUMENT",
      "INTERNAL",
      "ABORTED",
    ],
  );
});

test("an error in the older shape, its type outside of api:error, is known too", () => {
  assert.equal(refusalOf(400, { "@type": "api:BranchExistsError" }).code, "ALREADY_EXISTS");
});

test("a caller hears that the store is away, busy or refuses the kernel, and never its words", () => {
  const said = [
    refusalOf(503, undefined),
    refusalOf(500, undefined),
    refusalOf(400, typed("api:LabelVersionChanged")),
    refusalOf(401, undefined),
    refusalOf(403, undefined),
    refusalOf(400, typed("api:SchemaCheckFailure")),
  ].map((refused) => {
    const error = toServiceError(refused);
    assert(error instanceof ServiceError);
    assert.doesNotMatch(error.message, /api:|Terminus/);
    return error.code;
  });
  const away = "UNAVAILABLE";
  assert.deepEqual(said, [away, away, away, away, away, "INTERNAL"]);
});
