import assert from "node:assert/strict";
import { it } from "node:test";
import type { FiresRequest } from "@oms/jobs/port.ts";
import { watchFires } from "./watch-fires.ts";

it("fires are asked for once, window by window, when the last late tick of it must have been claimed", async () => {
  const asked: FiresRequest[] = [];
  const scheduler = {
    async fires(request: FiresRequest) {
      asked.push(request);
      return { sinceMs: 0, fires: [] };
    },
  };
  let upToMs: number | undefined;
  for (const nowMs of [100_000, 103_000, 109_999, 110_000, 121_000])
    upToMs = await watchFires(scheduler, nowMs, upToMs);
  assert.deepEqual(asked, [
    { fromMs: 20_000, toMs: 30_000 },
    { fromMs: 30_000, toMs: 40_000 },
    { fromMs: 40_000, toMs: 50_000 },
  ]);
});
