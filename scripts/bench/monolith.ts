import type { Bench, Contest, Step } from "./bench.ts";
import { closedLoop } from "./load.ts";
import { IN_PROCESS, LIVE, openSides } from "./monolith/sides.ts";
import { textOf } from "./monolith/texts.ts";
import { quantile } from "./summary.ts";

const CLIENTS = 16;
const SECONDS = 3;

export const bench: Bench = {
  summary: "what embedding costs everybody else in OMS, in stage live beside stage in-process",
  sides: [LIVE, IN_PROCESS],
  rounds: 7,
  figures: {
    "event loop p99": { unit: "ms", better: "less" },
    "a caller who does not embed, p50": { unit: "ms", better: "less" },
    "a caller who does not embed, p99": { unit: "ms", better: "less" },
    "16 clients who embed": { unit: "calls/s", better: "more" },
  },
  open,
};

async function open(progress: (text: string) => void): Promise<Contest> {
  const { of, close } = await openSides(progress);
  const step: Step = {
    name: `${CLIENTS} clients embed, one reads object types`,
    async run(side, random) {
      const { embed, read, eventLoopP99 } = of(side);
      await eventLoopP99();
      const [embedding, reading] = await Promise.all([
        closedLoop(CLIENTS, SECONDS, () => embed(textOf(random))),
        closedLoop(1, SECONDS, read),
      ]);
      return {
        "event loop p99": await eventLoopP99(),
        "a caller who does not embed, p50": quantile(reading.latencies, 0.5),
        "a caller who does not embed, p99": quantile(reading.latencies, 0.99),
        "16 clients who embed": embedding.latencies.length / embedding.seconds,
      };
    },
  };
  return { steps: [step], close };
}
