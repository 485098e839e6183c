import type { Bench, Contest, Step } from "./bench.ts";
import { consuming } from "./events/consuming.ts";
import { deaths } from "./events/deaths.ts";
import { fanOut } from "./events/fan-out.ts";
import { natsAway } from "./events/nats-away.ts";
import { publishing } from "./events/publishing.ts";
import { GATEWAY, openSides, RAW } from "./events/sides.ts";

/** An overhead factor of 1.2 is a ratio of 0.83. */
export const bench: Bench = {
  summary: "the event gateway beside bare gRPC and the client of NATS alone",
  sides: [GATEWAY, RAW],
  rounds: 5,
  figures: {
    "one by one, p50": { unit: "ms", better: "less", aim: { ratio: 0.83 } },
    "one by one, p99": { unit: "ms", better: "less" },
    "by OMS's channel, p50": { unit: "ms", better: "less", aim: { ratio: 0.83 } },
    "batches of 100, two at a time": { unit: "events/s", better: "more", aim: { ratio: 0.7 } },
    "a stream, 256 under way": { unit: "events/s", better: "more", aim: { ratio: 0.7 } },
    "to a consumer, p50": { unit: "ms", better: "less" },
    "to a consumer, p99": { unit: "ms", better: "less" },
    "queued one by one": { unit: "events/s", better: "more" },
    "queued, 32 clients": { unit: "events/s", better: "more" },
    "drained when NATS is back": { unit: "events/s", better: "more" },
    "to 100 webhooks, p50": { unit: "ms", better: "less" },
    "to 100 webhooks, p99": { unit: "ms", better: "less" },
    "to 100 webhooks, 20 events at once": { unit: "deliveries/s", better: "more" },
    "acknowledged, gateway killed each 5 s": { unit: "%", better: "more", aim: { least: 99.99 } },
    "the same, p99": { unit: "ms", better: "less" },
  },
  open,
};

async function open(progress: (text: string) => void): Promise<Contest> {
  await using opening = new AsyncDisposableStack();
  const sides = await openSides(opening, progress);
  const measures = {
    ...publishing(sides),
    ...(await consuming(opening, sides)),
    ...natsAway(sides),
    ...fanOut(sides),
    ...deaths(sides),
  };
  const opened = opening.move();
  const steps = Object.entries(measures).map(([name, run]): Step => ({ name, run }));
  return { steps, close: () => opened.disposeAsync() };
}
