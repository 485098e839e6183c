import type { Bench, Contest, Figure, Step } from "./bench.ts";
import { closedLoop, openLoop } from "./load.ts";
import { openEmbedding } from "./oms.ts";
import { heapGrowth } from "./shadow/heap.ts";
import { functionOf, type Health, openPeer } from "./shadow/sides.ts";
import { openWatched, type Sides, type Watched } from "./shadow/watched.ts";
import { quantile } from "./summary.ts";

const WATCHED = "watched";
const BASELINE = "stage in-process";
const PER_SECOND = 200;
const CLIENTS = 8;
const LATENCY_SECONDS = 2;
const RATE_SECONDS = 1;
const DEADLINE_MS = 2000;
/** Small, so that a hung side is given up as often as possible while the calls last. */
const HEAP_DEADLINE_MS = 200;
const STAGES = ["shadow", "live"] as const;
const HEALTHS: readonly Health[] = ["healthy", "slow", "hung"];
const CONDITIONS = STAGES.flatMap((stage) => HEALTHS.map((health) => ({ stage, health })));

type Condition = (typeof CONDITIONS)[number];
type Sided = Readonly<Record<string, Watched>>;

/**
 * Either side is a unary gRPC call of a process of its own, so that every stage has the same call as its authority:
 * what the ratios show is the watched side alone. Heap is measured with sides that are functions.
 */
export const bench: Bench = {
  summary:
    "what callers notice of a watched side that is healthy, slow (1 s) or hung, against stage in-process",
  sides: [WATCHED, BASELINE],
  rounds: 7,
  figures: Object.fromEntries(CONDITIONS.flatMap((condition) => Object.entries(figuresOf(condition)))),
  open,
};

function named({ stage, health }: Condition, what: string): string {
  return `${stage}, ${health}: ${what}`;
}

function figuresOf(condition: Condition): Record<string, Figure> {
  return {
    [named(condition, "p50")]: { unit: "ms", better: "less" },
    [named(condition, "p99")]: { unit: "ms", better: "less", aim: { ratio: 0.95 } },
    [named(condition, "8 clients")]: { unit: "calls/s", better: "more" },
    [named(condition, "heap kept")]: { unit: "bytes per call", better: "less", aim: { most: 1 } },
  };
}

async function open(): Promise<Contest> {
  await using opening = new AsyncDisposableStack();
  const { host, close } = await openEmbedding(process.env);
  opening.defer(close);
  const watched = async (stage: Condition["stage"] | "in-process", sides: Sides): Promise<Watched> => {
    const opened = await openWatched(stage, sides, host);
    opening.defer(opened.close);
    return opened;
  };
  const [answering, other] = [await openPeer(opening), await openPeer(opening)];
  const peers = (health: Health): Sides => {
    return { authority: answering("healthy"), watched: other(health), deadlineMs: DEADLINE_MS };
  };
  const functions = (health: Health): Sides => {
    return { authority: functionOf("healthy"), watched: functionOf(health), deadlineMs: HEAP_DEADLINE_MS };
  };
  const baseline = await watched("in-process", peers("healthy"));
  const steps: Step[] = [];
  for (const condition of CONDITIONS) {
    const { stage, health } = condition;
    const real = { [WATCHED]: await watched(stage, peers(health)), [BASELINE]: baseline };
    steps.push(speedStep(condition, real));
    steps.push(heapStep(condition, await watched(stage, functions(health))));
  }
  const opened = opening.move();
  return { steps, close: () => opened.disposeAsync() };
}

/** Latencies under a steady load that leaves room, and the rate when there is none. */
function speedStep(condition: Condition, sides: Sided): Step {
  return {
    name: named(condition, "speed"),
    async run(side, random) {
      const { call, idle } = of(sides, side);
      const arrivals = { perSecond: PER_SECOND, seconds: LATENCY_SECONDS, random };
      const { latencies } = await openLoop(arrivals, call);
      const full = await closedLoop(CLIENTS, RATE_SECONDS, call);
      // What is left in the lane would be met by the side that comes next; what hangs costs it nothing.
      if (condition.health === "healthy") await idle();
      return {
        [named(condition, "p50")]: quantile(latencies, 0.5),
        [named(condition, "p99")]: quantile(latencies, 0.99),
        [named(condition, "8 clients")]: full.latencies.length / full.seconds,
      };
    },
  };
}

/** A million calls are enough once; there is nothing to compare them with. */
function heapStep(condition: Condition, watched: Watched): Step {
  let measured = false;
  return {
    name: named(condition, "heap"),
    async run(side) {
      if (measured || side !== WATCHED) return {};
      measured = true;
      return { [named(condition, "heap kept")]: await heapGrowth(watched) };
    },
  };
}

function of(sides: Sided, side: string): Watched {
  const found = sides[side];
  if (!found) throw new Error(`there is no side ${side}`);
  return found;
}
