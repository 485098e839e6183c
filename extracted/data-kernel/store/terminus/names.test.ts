import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeName, encodeName, kernelBranchOf, shortId, storeBranchOf } from "./names.ts";

test("any text is encoded in letters, digits, - and _, and comes back", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const encoded = encodeName(text);
      assert.match(encoded, /^[A-Za-z0-9_-]*$/);
      assert.equal(decodeName(encoded), text);
    }),
  );
});

test("two texts never have one encoded form", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (one, other) => {
      assert.equal(encodeName(one) === encodeName(other), one === other);
    }),
  );
});

test("a kernel branch is read back from its TerminusDB branch, and the server's own are none of the kernel's", () => {
  for (const name of ["prod/oms/main", "a_b/c.d/e-f", "main", "scratch", "states"]) {
    assert.equal(kernelBranchOf(storeBranchOf(name)), name);
  }
  for (const name of ["main", "scratch", "states"]) assert.equal(kernelBranchOf(name), undefined);
});

test("an id is the same whether it comes short, full or IRI-encoded", () => {
  const id = "Document/Kurt_20G-1";
  for (const form of [id, `terminusdb:///data/${id}`, `terminusdb:///data/${encodeURIComponent(id)}`]) {
    assert.equal(shortId(form), id);
  }
});
