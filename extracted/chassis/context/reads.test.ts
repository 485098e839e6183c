import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodeReads, encodeReads, mergeReads } from "./reads.ts";

const name = fc.string({ unit: "grapheme", minLength: 1 });

describe("reads", () => {
  it("survive their encoding, whatever the branch is called", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, name), { maxLength: 20 }), (pairs) => {
        const reads = new Map(pairs);
        assert.match(encodeReads(reads), /^[\x21-\x7e]*$/);
        assert.deepEqual(decodeReads(encodeReads(reads)), reads);
      }),
    );
  });

  it("refuse a branch without a commit, a commit without a branch, and a hundred and one of them", () => {
    const many = Array.from({ length: 101 }, (_, n) => `b${n}=c`).join("&");
    for (const raw of ["main=", "=c1", "main", many]) {
      assert.throws(() => decodeReads(raw), { code: "INVALID_ARGUMENT" }, raw);
    }
  });

  it("keep the first commit read of a branch", () => {
    const reads = new Map([["main", "c1"]]);
    mergeReads(
      reads,
      new Map([
        ["main", "c2"],
        ["other", "c3"],
      ]),
    );
    assert.deepEqual(
      [...reads],
      [
        ["main", "c1"],
        ["other", "c3"],
      ],
    );
  });
});
