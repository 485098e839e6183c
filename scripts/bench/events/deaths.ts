import { setTimeout as wait } from "node:timers/promises";
import { closedLoop } from "../load.ts";
import { quantile } from "../summary.ts";
import { nextEvent } from "./messages.ts";
import { GATEWAY, type Measure, type Sides } from "./sides.ts";

const CLIENTS = 8;
const SECONDS = 40;
const KILL_MS = 5000;

/** Publishing at OMS's door, in stage live, while the gateway behind it is killed again and again. */
export function deaths({ startDying }: Sides): Readonly<Record<string, Measure>> {
  return {
    async "a gateway that dies"(side) {
      if (side !== GATEWAY) return {};
      const { oms, killGateway, stop } = await startDying();
      const ended = new AbortController();
      const killing = killUntil(ended.signal, killGateway);
      let taken = 0;
      const { latencies } = await closedLoop(CLIENTS, SECONDS, async () => {
        if (await isTaken(`${oms}/events`)) taken += 1;
      });
      ended.abort();
      await killing;
      await stop();
      return {
        "acknowledged, gateway killed each 5 s": (100 * taken) / latencies.length,
        "the same, p99": quantile(latencies, 0.99),
      };
    },
  };
}

async function killUntil(ended: AbortSignal, kill: () => Promise<void>): Promise<void> {
  for (;;) {
    await wait(KILL_MS, undefined, { signal: ended }).catch(() => undefined);
    if (ended.aborted) return;
    await kill();
  }
}

/** One try; any answer but 200 is a failure. */
async function isTaken(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/cloudevents+json" },
      body: JSON.stringify(nextEvent()),
    });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}
