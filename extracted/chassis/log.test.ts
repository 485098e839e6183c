import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { newContext, runInContext } from "./context/context.ts";
import { createLogger } from "./log.ts";

describe("the log", () => {
  it("writes JSON lines with the service, and inside a call with its trace id", async () => {
    const lines: string[] = [];
    const logger = createLogger("oms", "info", { write: (line) => lines.push(line) });
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await runInContext(newContext({ traceparent }), async () => {
      await null;
      logger.info("inside");
    });
    logger.info("outside");
    logger.debug("not at this level");
    const [inside, outside, more] = lines.map((line) => JSON.parse(line));
    assert.equal(inside.traceId, "0af7651916cd43dd8448eb211c80319c");
    assert.equal(inside.service, "oms");
    assert.equal(inside.level, "info");
    assert.equal("traceId" in outside, false);
    assert.equal(more, undefined);
  });
});
