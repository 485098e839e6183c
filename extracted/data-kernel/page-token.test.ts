import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readToken, writeToken } from "./page-token.ts";

const refused = (token: string, of: string[], at = "") =>
  assert.throws(() => readToken(token, of, at), {
    code: "INVALID_ARGUMENT",
    message: /^pageToken must be one/,
  });

test("a token gives back the place it was made from", () => {
  const text = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(fc.array(text), text, text, (of, at, after) => {
      assert.deepEqual(readToken(writeToken({ of, at, after }), of, ""), { of, at, after });
      assert.deepEqual(readToken(writeToken({ of, at, after }), of, at), { of, at, after });
    }),
  );
});

test("a token for another question or another commit is refused", () => {
  const token = writeToken({ of: ["query", "dev/oms/main", "Note"], at: "c1", after: "a" });
  refused(token, ["query", "dev/oms/main", "Other"]);
  refused(token, ["query", "dev/oms/main", "Note"], "c2");
});

test("text that is no token is refused", () => {
  fc.assert(fc.property(fc.string(), (token) => refused(token, ["query", "b", "T"])));
  for (const value of [null, 1, [], [["query"], "c"], [["query"], "c", 1]]) {
    refused(Buffer.from(JSON.stringify(value)).toString("base64url"), ["query"]);
  }
});
