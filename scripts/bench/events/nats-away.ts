import { setTimeout as wait } from "node:timers/promises";
import { closedLoop } from "../load.ts";
import { GATEWAY, type Measure, type Sides } from "./sides.ts";

const SECONDS = 1.5;
const CLIENTS = 32;
const POLL_MS = 10;

/** What the gateway's disk takes while NATS is away, and how fast it is emptied afterwards. */
export function natsAway({ queueing }: Sides): Readonly<Record<string, Measure>> {
  const { nats, gateway } = queueing;
  const waiting = async () => (await gateway.client.getQueue({})).events;
  return {
    async "NATS away"(side) {
      if (side !== GATEWAY) return {};
      await nats.kill();
      // The first may still find NATS there.
      while ((await waiting()) === 0) await gateway.publish().catch(() => undefined);
      const rate = async (clients: number) => {
        const { latencies, seconds } = await closedLoop(clients, SECONDS, gateway.publish);
        return latencies.length / seconds;
      };
      const [alone, together] = [await rate(1), await rate(CLIENTS)];
      const events = await waiting();
      await nats.resume();
      const began = performance.now();
      while ((await waiting()) > 0) await wait(POLL_MS);
      const seconds = (performance.now() - began) / 1000;
      return {
        "queued one by one": alone,
        "queued, 32 clients": together,
        "drained when NATS is back": events / seconds,
      };
    },
  };
}
