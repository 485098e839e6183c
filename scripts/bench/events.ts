import { PublishRequest, PublishResponse } from "@oms/protos/oms/events/v1/events.ts";
import type { Bench, Contest, Step } from "./bench.ts";
import { nextEvent, PUBLISH_PATH } from "./events/messages.ts";
import { openSides, type Sides } from "./events/sides.ts";
import { closedLoop } from "./load.ts";
import { quantile } from "./summary.ts";

const GATEWAY = "gateway";
const OMS = "OMS's client";
const RAW = "bare parts";
const SECONDS = 1.5;
const BATCH = 100;
const STREAM = { seconds: SECONDS, window: 16, each: 16 };

/** An overhead factor of 1.2 is a ratio of 0.83. */
export const bench: Bench = {
  summary: "publishing through the event gateway beside bare gRPC and the client of NATS alone",
  sides: [GATEWAY, RAW, OMS],
  rounds: 5,
  figures: {
    "one by one, p50": { unit: "ms", better: "less", aim: { ratio: 0.83 } },
    "one by one, p99": { unit: "ms", better: "less" },
    "one by one by OMS's channel, p50": { unit: "ms", better: "less", aim: { ratio: 0.83 } },
    "batches of 100": { unit: "events/s", better: "more", aim: { ratio: 0.7 } },
    "a stream, 256 under way": { unit: "events/s", better: "more", aim: { ratio: 0.7 } },
  },
  open,
};

type Measure = (side: string, random: () => number) => Promise<Readonly<Record<string, number>>>;

async function open(progress: (text: string) => void): Promise<Contest> {
  const sides = await openSides(progress);
  const measures = publishing(sides);
  const steps = Object.entries(measures).map(([name, run]): Step => ({ name, run }));
  return { steps, close: sides.close };
}

function publishing({ gateway, echo, raw }: Sides): Readonly<Record<string, Measure>> {
  const bare = async () => {
    const bytes = PublishRequest.encode({ event: JSON.stringify(nextEvent()) }).finish();
    await echo.call(PUBLISH_PATH, bytes, (answer) => PublishResponse.decode(answer));
  };
  return {
    async "one by one"(side) {
      if (side === OMS) return {};
      if (side === GATEWAY) {
        const [plain, ours] = [await latencies(gateway.publishPlain), await latencies(gateway.publish)];
        return {
          "one by one, p50": quantile(plain, 0.5),
          "one by one, p99": quantile(plain, 0.99),
          "one by one by OMS's channel, p50": quantile(ours, 0.5),
        };
      }
      const [call, publish] = [await latencies(bare), await latencies(raw.publish)];
      const sum = (q: number) => quantile(call, q) + quantile(publish, q);
      return {
        "one by one, p50": sum(0.5),
        "one by one, p99": sum(0.99),
        "one by one by OMS's channel, p50": sum(0.5),
      };
    },
    async batches(side) {
      if (side === OMS) return {};
      const all = () => Promise.all(Array.from({ length: BATCH }, raw.publish));
      const load = await closedLoop(1, SECONDS, side === GATEWAY ? () => gateway.publishBatch(BATCH) : all);
      return { "batches of 100": (load.latencies.length * BATCH) / load.seconds };
    },
    async "a stream"(side) {
      if (side === OMS) return {};
      if (side === GATEWAY) return { "a stream, 256 under way": await gateway.publishStream(STREAM) };
      const load = await closedLoop(STREAM.window * STREAM.each, SECONDS, raw.publish);
      return { "a stream, 256 under way": load.latencies.length / load.seconds };
    },
  };
}

async function latencies(call: () => Promise<unknown>): Promise<readonly number[]> {
  return (await closedLoop(1, SECONDS, call)).latencies;
}
