import type { Bench, Contest } from "./bench.ts";
import { openPeers } from "./routing/peers.ts";
import { NO_OP, openStrangled } from "./routing/strangled.ts";
import { quantile } from "./summary.ts";

type Call = (value: number) => Promise<unknown>;

const SLICES = 20;
const CALLS = 10_000;
const IN_PROCESS = "in-process";
const SHADOW = "shadow, not admitted";
const LIVE = "live, not admitted";
const SOME_LIVE = "live at 50 %, not admitted";
const COST = { unit: "ns over a bare await", better: "less" } as const;

export const bench: Bench = {
  summary: "what a strangled no-op costs over a bare await of it, beside tools for parts of the same",
  sides: ["strangled", "tzientist", "opossum", "getVariant"],
  rounds: 7,
  figures: {
    [IN_PROCESS]: { ...COST, aim: { most: 500 } },
    [SHADOW]: COST,
    [LIVE]: COST,
    [SOME_LIVE]: COST,
    "the bare await": { unit: "ns", better: "less" },
  },
  open,
};

async function open(progress: (text: string) => void): Promise<Contest> {
  const { ports, asAuthor, close, ...flags } = await openStrangled();
  const peers = await openPeers(flags, progress);
  // A peer stands in the row of the stage that does the most like it, and opossum and getVariant beside the aim too.
  const calls: Readonly<Record<string, Readonly<Record<string, Call>>>> = {
    strangled: {
      [IN_PROCESS]: ports.passed.call,
      [SHADOW]: ports.shadow.call,
      [LIVE]: ports.live.call,
      [SOME_LIVE]: ports["some-live"].call,
    },
    tzientist: { [IN_PROCESS]: peers.tzientist.disabled, [SHADOW]: peers.tzientist.enabled },
    opossum: { [IN_PROCESS]: peers.opossum, [LIVE]: peers.opossum },
    getVariant: { [IN_PROCESS]: peers.getVariant, [SOME_LIVE]: peers.getVariant },
  };
  return {
    steps: [{ name: "no-ops", run: (side) => asAuthor(() => measure(calls[side] ?? {})) }],
    async close() {
      peers.close();
      await close();
    },
  };
}

async function measure(calls: Readonly<Record<string, Call>>): Promise<Record<string, number>> {
  const costs: Record<string, number> = {};
  const bare: number[] = [];
  for (const [figure, call] of Object.entries(calls)) {
    const over: number[] = [];
    await slice(call);
    for (let n = 0; n < SLICES; n++) {
      const alone = await slice(NO_OP.call);
      over.push((await slice(call)) - alone);
      bare.push(alone);
    }
    costs[figure] = quantile(over, 0.5);
  }
  return { ...costs, "the bare await": quantile(bare, 0.5) };
}

/** Nanoseconds per call, one awaited after the other. */
async function slice(call: Call): Promise<number> {
  const began = performance.now();
  for (let n = 0; n < CALLS; n++) await call(n);
  return ((performance.now() - began) / CALLS) * 1e6;
}
