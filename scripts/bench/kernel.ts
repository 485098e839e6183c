import type { Kernel } from "@oms/data-kernel/client.ts";
import type { Bench, Contest, Step } from "./bench.ts";
import { BRANCH, idOf, put } from "./kernel/rows.ts";
import { openSides, type Sides, STORED } from "./kernel/sides.ts";
import { closedLoop, openLoop } from "./load.ts";
import { quantile } from "./summary.ts";

/** An overhead factor of 1.2 is a ratio of 0.83, one of 1.3 a ratio of 0.77. */
const KERNEL = "kernel";
const BARE = "bare parts";
const UNHOOKED = "no hooks";
const TWINS = "two kernels";
const SECONDS = 1.5;
const CLIENTS = 32;
const BATCH = 1000;
const PER_SECOND = 1000;
/** Of the requests under a steady load, this share commit. */
const COMMITS = 0.2;

export const bench: Bench = {
  summary: "the data-kernel on SQLite: its whole path beside the sum of a bare gRPC echo and bare SQLite",
  sides: [KERNEL, BARE, UNHOOKED, TWINS],
  rounds: 5,
  figures: {
    "read, p50": { unit: "ms", better: "less", aim: { ratio: 0.83 } },
    "commit of one, p50": { unit: "ms", better: "less", aim: { ratio: 0.77 } },
    "commits of 1,000": { unit: "documents/s", better: "more", aim: { ratio: 0.4 } },
    "1,000/s, a fifth commits: read p95": { unit: "ms", better: "less", aim: { most: 300 } },
    "1,000/s, a fifth commits: commit p95": { unit: "ms", better: "less", aim: { most: 300 } },
    "1,000/s, a fifth commits: answered": { unit: "%", better: "more", aim: { least: 100 } },
    "commit of one past a schema, p50": { unit: "ms", better: "less" },
    "32 readers": { unit: "reads/s", better: "more" },
    "32 writers": { unit: "commits/s", better: "more" },
  },
  open,
};

type Measure = (side: string, random: () => number) => Promise<Readonly<Record<string, number>>>;

async function open(progress: (text: string) => void): Promise<Contest> {
  const sides = await openSides(progress);
  const measures = { ...oneAtATime(sides), ...underLoad(sides) };
  const steps = Object.entries(measures).map(([name, run]): Step => ({ name, run }));
  return { steps, close: sides.close };
}

function oneAtATime({ kernel, unhooked, bare }: Sides): Readonly<Record<string, Measure>> {
  return {
    async read(side, random) {
      const n = () => Math.floor(random() * STORED);
      if (side === KERNEL) return { "read, p50": await median(() => read(kernel, n())) };
      if (side !== BARE) return {};
      const store = await median(async () => bare.read(n()));
      return { "read, p50": (await median(bare.echoRead)) + store };
    },
    async "commit of one"(side, random) {
      const n = () => Math.floor(random() * STORED);
      if (side === KERNEL) {
        const p50 = await median(() => commit(kernel, n()));
        return { "commit of one, p50": p50, "commit of one past a schema, p50": p50 };
      }
      if (side === UNHOOKED) {
        return { "commit of one past a schema, p50": await median(() => commit(unhooked, n())) };
      }
      if (side !== BARE) return {};
      const store = await median(async () => bare.insert(n(), 1));
      return { "commit of one, p50": (await median(() => bare.echoCommit(n()))) + store };
    },
    async "commits of 1,000"(side, random) {
      const n = () => Math.floor(random() * (STORED - BATCH));
      if (side !== KERNEL && side !== BARE) return {};
      const { latencies, seconds } = await closedLoop(1, SECONDS, async () =>
        side === KERNEL ? commit(kernel, n(), BATCH) : bare.insert(n(), BATCH),
      );
      return { "commits of 1,000": (latencies.length * BATCH) / seconds };
    },
  };
}

function underLoad({ kernel, twins }: Sides): Readonly<Record<string, Measure>> {
  const kernels: Readonly<Record<string, Kernel>> = { [KERNEL]: kernel, [TWINS]: twins };
  return {
    async "1,000 requests/s"(side, random) {
      const called = kernels[side];
      if (!called) return {};
      const reads: number[] = [];
      const commits: number[] = [];
      let failed = 0;
      await openLoop({ perSecond: PER_SECOND, seconds: SECONDS, random }, async () => {
        const n = Math.floor(random() * STORED);
        const [kept, call] = random() < COMMITS ? [commits, commit] : [reads, read];
        const began = performance.now();
        try {
          await call(called, n);
        } catch {
          failed += 1;
        }
        kept.push(performance.now() - began);
      });
      return {
        "1,000/s, a fifth commits: answered": 100 * (1 - failed / (reads.length + commits.length)),
        "1,000/s, a fifth commits: read p95": quantile(reads, 0.95),
        "1,000/s, a fifth commits: commit p95": quantile(commits, 0.95),
      };
    },
    async "32 clients"(side, random) {
      const called = kernels[side];
      if (!called) return {};
      const rate = async (call: typeof read) => {
        const { latencies, seconds } = await closedLoop(CLIENTS, SECONDS, () =>
          call(called, Math.floor(random() * STORED)),
        );
        return latencies.length / seconds;
      };
      return { "32 readers": await rate(read), "32 writers": await rate(commit) };
    },
  };
}

async function median(call: () => Promise<unknown>): Promise<number> {
  const { latencies } = await closedLoop(1, SECONDS, call);
  return quantile(latencies, 0.5);
}

function read(kernel: Kernel, n: number): Promise<unknown> {
  return kernel.get(BRANCH, idOf(n));
}

function commit(kernel: Kernel, n: number, count = 1): Promise<unknown> {
  const writes = Array.from({ length: count }, (_, m) => put(n + m));
  return kernel.commit({ branch: BRANCH, message: "bench", writes });
}
