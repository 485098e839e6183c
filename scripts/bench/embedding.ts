import type { Bench, Contest, Step } from "./bench.ts";
import { OURS, openSides, type Side, type Sides, THEIRS } from "./embedding/sides.ts";
import { mixedText, textOf } from "./embedding/texts.ts";
import { closedLoop, openLoop } from "./load.ts";
import { quantile } from "./summary.ts";

const TOKENS = 32;
const BATCH = 32;
const CLIENTS = 32;
const SECONDS = 1.5;
/** Vectors of one model file may differ in their last bits alone. */
const SAME = 0.9999;

export const bench: Bench = {
  summary: "the embedding-service beside transformers.js on the same ONNX file, both over gRPC",
  sides: [OURS, THEIRS],
  rounds: 5,
  figures: {
    "one text, p50": { unit: "ms", better: "less", aim: { ratio: 1 } },
    "batches of 32 alike": { unit: "texts/s", better: "more" },
    "batches of 32 mixed": { unit: "texts/s", better: "more", aim: { ratio: 3 } },
    "32 clients": { unit: "texts/s", better: "more", aim: { ratio: 1.4 } },
    "32 clients, event loop p99": { unit: "ms", better: "less", aim: { most: 10 } },
    "32 clients, mixed": { unit: "texts/s", better: "more" },
    "half of that load, p95": { unit: "ms", better: "less", aim: { most: 150 } },
    "cold start": { unit: "s", better: "less", aim: { most: 2 } },
  },
  open,
};

type Measure = (side: Side, random: () => number) => Promise<Readonly<Record<string, number>>>;

const MEASURES: Readonly<Record<string, Measure>> = {
  "one text": async ({ embed }, random) => {
    const { latencies } = await closedLoop(1, SECONDS, () => embed(textOf(TOKENS, random)));
    return { "one text, p50": quantile(latencies, 0.5) };
  },
  "batches of texts alike": async (side, random) => {
    return { "batches of 32 alike": await batchRate(side, () => textOf(TOKENS, random)) };
  },
  "batches of mixed texts": async (side, random) => {
    return { "batches of 32 mixed": await batchRate(side, () => mixedText(random)) };
  },
  "32 clients, texts alike": async ({ embed, eventLoopP99 }, random) => {
    await eventLoopP99();
    const { latencies, seconds } = await closedLoop(CLIENTS, SECONDS, () => embed(textOf(TOKENS, random)));
    return { "32 clients": latencies.length / seconds, "32 clients, event loop p99": await eventLoopP99() };
  },
  "32 clients, mixed texts": async ({ embed }, random) => {
    const full = await closedLoop(CLIENTS, SECONDS, () => embed(mixedText(random)));
    const rate = full.latencies.length / full.seconds;
    const half = { perSecond: rate / 2, seconds: SECONDS, random };
    const { latencies } = await openLoop(half, () => embed(mixedText(random)));
    return { "32 clients, mixed": rate, "half of that load, p95": quantile(latencies, 0.95) };
  },
  "cold start": async ({ coldStart }) => ({ "cold start": await coldStart() }),
};

async function open(progress: (text: string) => void): Promise<Contest> {
  const sides = await openSides(progress);
  try {
    await compare(sides);
  } catch (error) {
    await sides.close();
    throw error;
  }
  const steps = Object.entries(MEASURES).map(
    ([name, measure]): Step => ({ name, run: (side, random) => measure(sides.of(side), random) }),
  );
  return { steps, close: sides.close };
}

/** Texts per second, one batch after the other. */
async function batchRate({ embedBatch }: Side, text: () => string): Promise<number> {
  const { latencies, seconds } = await closedLoop(1, SECONDS, () => {
    return embedBatch(Array.from({ length: BATCH }, text));
  });
  return (latencies.length * BATCH) / seconds;
}

/** Throws when the sides do not compute the same: their speeds would mean nothing. */
async function compare(sides: Sides): Promise<void> {
  const texts = [8, 32, 128, 256].map((tokens) => textOf(tokens, Math.random));
  const [ours, theirs] = await Promise.all([OURS, THEIRS].map((name) => sides.of(name).embedBatch(texts)));
  for (const [index] of texts.entries()) {
    const [a = [], b = []] = [ours?.[index], theirs?.[index]];
    const cosine = a.reduce((sum, value, at) => sum + value * (b[at] ?? Number.NaN), 0);
    if (!(cosine >= SAME)) throw new Error(`the sides differ: a cosine of ${cosine}`);
  }
}
