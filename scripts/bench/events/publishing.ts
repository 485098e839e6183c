import { PublishRequest, PublishResponse } from "@oms/protos/oms/events/v1/events.ts";
import { closedLoop } from "../load.ts";
import { quantile } from "../summary.ts";
import { nextEvent, PUBLISH_PATH } from "./messages.ts";
import type { Sides } from "./sides.ts";
import { GATEWAY, type Measure, RAW } from "./sides.ts";

const SECONDS = 1.5;
const BATCH = 100;
const BATCHES = 2;
const STREAM = { seconds: SECONDS, window: 16, each: 16 };

/** What it takes to publish, beside an echo of the same messages and JetStream alone. */
export function publishing({ gateway, echo, raw }: Sides): Readonly<Record<string, Measure>> {
  const bare = async () => {
    const bytes = PublishRequest.encode({ event: JSON.stringify(nextEvent()) }).finish();
    await echo.call(PUBLISH_PATH, bytes, (answer) => PublishResponse.decode(answer));
  };
  const rawRate = async (underWay: number) => {
    const { latencies, seconds } = await closedLoop(underWay, SECONDS, () => raw.publish());
    return latencies.length / seconds;
  };
  return {
    async "one by one"(side) {
      if (side === GATEWAY) {
        const [plain, channel] = [await latencies(gateway.publishPlain), await latencies(gateway.publish)];
        return { ...oneByOne((q) => quantile(plain, q)), "by OMS's channel, p50": quantile(channel, 0.5) };
      }
      const [call, stored] = [await latencies(bare), await latencies(() => raw.publish())];
      const sum = (q: number) => quantile(call, q) + quantile(stored, q);
      return { ...oneByOne(sum), "by OMS's channel, p50": sum(0.5) };
    },
    async batches(side) {
      if (side === RAW) return { "batches of 100, two at a time": await rawRate(BATCHES * BATCH) };
      const load = await closedLoop(BATCHES, SECONDS, () => gateway.publishBatch(BATCH));
      return { "batches of 100, two at a time": (load.latencies.length * BATCH) / load.seconds };
    },
    async "a stream"(side) {
      const rate = side === RAW ? rawRate(STREAM.window * STREAM.each) : gateway.publishStream(STREAM);
      return { "a stream, 256 under way": await rate };
    },
  };
}

function oneByOne(at: (q: number) => number): Readonly<Record<string, number>> {
  return { "one by one, p50": at(0.5), "one by one, p99": at(0.99) };
}

async function latencies(call: () => Promise<unknown>): Promise<readonly number[]> {
  return (await closedLoop(1, SECONDS, call)).latencies;
}
