import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "@oms/chassis/log.ts";
import { startExpiry } from "./timer.ts";

const logger = createLogger("data-kernel", "silent");

test("branches are looked after again and again, after a failure too, and a stop waits for the look under way", async () => {
  const third = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const looks: string[] = [];
  const { stop } = startExpiry({
    everyMs: 1,
    logger,
    async expire() {
      looks.push("began");
      if (looks.length === 1) throw new Error("the store is busy");
      if (looks.length < 3) return [];
      third.resolve();
      await ended.promise;
      looks.push("ended");
      return [];
    },
  });
  // The timer keeps no process alive by itself.
  const alive = setInterval(() => undefined, 1000);
  await third.promise;
  clearInterval(alive);
  const stopping = stop();
  ended.resolve();
  await stopping;
  assert.deepEqual(looks, ["began", "began", "began", "ended"]);
});
