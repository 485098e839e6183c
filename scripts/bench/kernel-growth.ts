import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Kernel } from "@oms/data-kernel/client.ts";
import type { Bench, Contest, Step } from "./bench.ts";
import { openGrown, type Size } from "./kernel/grown.ts";
import { BRANCH, idOf, put, TYPE } from "./kernel/rows.ts";
import { closedLoop } from "./load.ts";
import { quantile } from "./summary.ts";

const SMALL: Size = { documents: 1000, commits: 100 };
const LARGE: Size = { documents: 1_000_000, commits: 100_000 };
const nameOf = ({ documents, commits }: Size) =>
  `${documents.toLocaleString("en-US")} documents, ${commits.toLocaleString("en-US")} commits`;
const SECONDS = 1;
/** What is read is all over the store. */
const flat = { unit: "ms", better: "less", aim: { ratio: 0.8 } } as const;

export const bench: Bench = {
  summary: "what a store of a million documents costs beside one of a thousand",
  sides: [nameOf(LARGE), nameOf(SMALL)],
  rounds: 5,
  figures: {
    "read, p50": flat,
    "first page of 100, p50": flat,
    "last ten of the log, p50": flat,
    "commit of one, p50": flat,
  },
  open,
};

type Ask = (kernel: Kernel, n: number) => Promise<unknown>;

const ASKED: Readonly<Record<string, Ask>> = {
  "read, p50": (kernel, n) => kernel.get(BRANCH, idOf(n)),
  "first page of 100, p50": (kernel) => kernel.query({ branch: BRANCH, type: TYPE, pageSize: 100 }),
  "last ten of the log, p50": (kernel) => kernel.log({ branch: BRANCH, pageSize: 10 }),
  "commit of one, p50": (kernel, n) => kernel.commit({ branch: BRANCH, message: "bench", writes: [put(n)] }),
};

async function open(progress: (text: string) => void): Promise<Contest> {
  await using opening = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "bench-growth-"));
  opening.defer(() => rm(folder, { recursive: true }));
  const kernels = new Map<string, { kernel: Kernel; size: Size }>();
  for (const size of [SMALL, LARGE]) {
    progress(`writing ${nameOf(size)}`);
    const kernel = await openGrown(join(folder, `${size.documents}`), size, opening);
    kernels.set(nameOf(size), { kernel, size });
  }
  const steps = Object.entries(ASKED).map(
    ([name, ask]): Step => ({
      name,
      async run(side, random) {
        const found = kernels.get(side);
        if (!found) throw new Error(`there is no side ${side}`);
        const { kernel, size } = found;
        const { latencies } = await closedLoop(1, SECONDS, () =>
          ask(kernel, Math.floor(random() * size.documents)),
        );
        return { [name]: quantile(latencies, 0.5) };
      },
    }),
  );
  const opened = opening.move();
  return { steps, close: () => opened.disposeAsync() };
}
