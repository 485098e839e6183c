import type { Bench, Contest, Step } from "./bench.ts";
import { openSides } from "./live/sides.ts";
import { closedLoop } from "./load.ts";
import { quantile } from "./summary.ts";

/** The service remembers it: what is left of a call is the way there and back. */
const TEXT = "the quick brown fox jumps over the lazy dog";
const CLIENTS = 32;
const SECONDS = 1.5;

export const bench: Bench = {
  summary: "embed in stage live, watched calls included, beside a bare grpc-js call of the same service",
  sides: ["strangled", "stub", "grpc-js"],
  rounds: 9,
  figures: {
    "one at a time, p50": { unit: "ms", better: "less", aim: { ratio: 0.91 } },
    "one at a time, p99": { unit: "ms", better: "less" },
    "32 at a time": { unit: "calls/s", better: "more", aim: { ratio: 0.9 } },
  },
  open,
};

async function open(progress: (text: string) => void): Promise<Contest> {
  const { embed, close } = await openSides(progress);
  const callOf = (side: string) => () => embed[side]?.(TEXT) ?? Promise.reject(new Error(`no side ${side}`));
  const steps: Step[] = [
    {
      name: "one at a time",
      async run(side) {
        const { latencies } = await closedLoop(1, SECONDS, callOf(side));
        return {
          "one at a time, p50": quantile(latencies, 0.5),
          "one at a time, p99": quantile(latencies, 0.99),
        };
      },
    },
    {
      name: `${CLIENTS} at a time`,
      async run(side) {
        const { latencies, seconds } = await closedLoop(CLIENTS, SECONDS, callOf(side));
        return { "32 at a time": latencies.length / seconds };
      },
    },
  ];
  return { steps, close };
}
