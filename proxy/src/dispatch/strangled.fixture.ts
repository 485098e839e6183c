import { AsyncLocalStorage } from "node:async_hooks";
import { readCounters } from "../ledger/fields.ts";
import { Ledger } from "../ledger/ledger.ts";
import type { Sample, Tally } from "../ledger/tally.ts";
import { emptyTally } from "../ledger/tally.ts";
import type { Call } from "../model/call.ts";
import type { AnyCapability, AnyMethod, AnyPort } from "../model/capability.ts";
import type { Comparison } from "../model/comparison.ts";
import type { Side } from "../model/side.ts";
import type { Stage } from "../model/stage.ts";
import { Lane } from "../shadow/lane.ts";
import { DEFAULT_LIMITS, type Limits } from "../shadow/limits.ts";
import type { Flag } from "../stage/flag.ts";
import { Attached } from "./attached.ts";

/** An error that is what a side has to say. */
export class Refusal extends Error {
  readonly code = "NOT_FOUND";
}

export class Unavailable extends Error {}

type Run = AnyPort[string];

/** One strangled method `f` whose two sides are the functions of a test. */
export type Setup = {
  /** Of every call, or as a flag says. */
  readonly stage?: Stage | Flag;
  readonly inProcess?: Run;
  readonly extracted?: Run;
  readonly method?: Partial<AnyMethod>;
  readonly limits?: Partial<Limits>;
  readonly chance?: () => number;
  /** The lane's clock, in milliseconds. */
  readonly now?: () => number;
  /** Called whenever a side is loaded; what it throws is why it cannot be. */
  readonly onLoad?: (side: Side) => void;
};

export const equal = (a: unknown, b: unknown): Comparison =>
  a === b ? { outcome: "match" } : { outcome: "mismatch", because: "values differ" };

export function strangled(setup: Setup) {
  const { stage = "in-process", method = {}, limits, chance = () => 0.5, onLoad = () => {} } = setup;
  const { now = () => performance.now() } = setup;
  const context = new AsyncLocalStorage<Call>();
  const entered: Call[] = [];
  const ledger = new Ledger();
  const lane = new Lane({ ...DEFAULT_LIMITS, control: 0, ...limits }, { now, chance });
  const capability: AnyCapability = {
    name: "embedding",
    inProcess: async () => {
      onLoad("in-process");
      return { f: setup.inProcess ?? (async () => "in-process") };
    },
    extracted: async () => {
      onLoad("extracted");
      return { f: setup.extracted ?? (async () => "extracted") };
    },
    methods: { f: { effect: "read", compare: equal, ...method } },
    builds: () => ({ inProcess: "1", extracted: "2" }),
  };
  const attached = new Attached(capability, {
    lane,
    ledger,
    chance,
    log: { info: () => {}, warn: () => {} },
    host: {
      fields: () => ({}),
      key: () => context.getStore()?.key,
      shadow: () => context.getStore()?.shadow ?? false,
      enter: (call, run) => {
        entered.push(call);
        return context.run(call, run);
      },
      isAnswer: (error) => error instanceof Refusal,
      unavailable: (failure, what) => new Unavailable(`${what}: ${failure}`),
    },
  });
  const place = (to: Stage | Flag) => {
    const flag = typeof to === "string" ? { dependsOn: [], stageFor: () => to } : to;
    attached.place({ override: undefined, ceiling: undefined, flag, fresh: () => true });
  };
  place(stage);

  /** Everything counted so far, once no watched call is under way. */
  async function counted() {
    await lane.idle();
    const samples: Sample[] = [];
    const pages: Record<string, string>[] = [];
    await ledger.flush(async (batch) => {
      for (const page of batch.pages()) {
        samples.push(...page.samples);
        pages.push(Object.fromEntries([...page.counters].map(([field, by]) => [field, String(by)])));
      }
    });
    const { methods, breakers } = readCounters(pages);
    const tally: Tally = methods[0]?.tally ?? emptyTally();
    const lost = (reason: string) => new Map(Object.entries(tally.lost)).get(reason)?.calls ?? 0;
    return { methods, breakers, samples, tally, lost };
  }

  return { call: attached.forward("f"), attached, context, entered, lane, place, counted };
}
