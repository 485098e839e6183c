import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { childTraceparent, newTraceparent, traceIdOf } from "./traceparent.ts";

const PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

describe("a traceparent", () => {
  it("keeps its trace and its flags on the next hop, with a span of its own", () => {
    const child = childTraceparent(PARENT);
    assert.match(child, /^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-00$/);
    assert.notEqual(child, PARENT);
  });

  it("is a new root when it is not valid", () => {
    const zeroTrace = `00-${"0".repeat(32)}-b7ad6b7169203331-01`;
    const zeroSpan = `00-0af7651916cd43dd8448eb211c80319c-${"0".repeat(16)}-01`;
    for (const parent of [
      undefined,
      "",
      "00-1-2-3",
      PARENT.toUpperCase(),
      `${PARENT}-x`,
      zeroTrace,
      zeroSpan,
    ]) {
      const root = childTraceparent(parent);
      assert.ok(traceIdOf(root));
      assert.notEqual(traceIdOf(root), traceIdOf(PARENT));
    }
  });

  it("is another one every time", () => {
    assert.notEqual(newTraceparent(), newTraceparent());
  });
});
