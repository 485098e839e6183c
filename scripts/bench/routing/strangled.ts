import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import type { Capability } from "@oms/proxy/model/capability.ts";
import { DEFAULT_LIMITS } from "@oms/proxy/shadow/limits.ts";
import { strangle } from "@oms/proxy/strangle.ts";
import { type ColdStrangler, createStrangler } from "@oms/proxy/strangler.ts";
import { openEmbedding } from "../oms.ts";
import { serveStages } from "../stages.ts";

/** What every side does, and what stands behind every peer: nothing, in a promise. */
export type NoOp = { readonly call: (value: number) => Promise<number> };

export const NO_OP: NoOp = { call: async (value) => value };

const WEIGHTS = {
  passed: { "in-process": 1000 },
  shadow: { shadow: 1000 },
  live: { live: 1000 },
  "some-live": { live: 500, shadow: 500 },
} as const;

export type Strangled = {
  readonly ports: Readonly<Record<keyof typeof WEIGHTS, NoOp>>;
  /** Runs in OMS's context of an author whose calls of `some-live` are live. */
  readonly asAuthor: <R>(run: () => Promise<R>) => Promise<R>;
  readonly author: string;
  readonly flagsUrl: string;
  readonly close: () => Promise<void>;
};

/** No-ops strangled as OMS strangles, one for each stage; the lane admits nothing. */
export async function openStrangled(): Promise<Strangled> {
  await using opening = new AsyncDisposableStack();
  const { host, close } = await openEmbedding(process.env);
  opening.defer(close);
  const { options } = opening.use(await serveStages(WEIGHTS));
  const strangler = createStrangler(host, { limits: { ...DEFAULT_LIMITS, sample: 0 } });
  opening.defer(() => strangler.stop());
  const port = (name: string) => strangle(capability(name), strangler);
  const ports = {
    passed: port("passed"),
    shadow: port("shadow"),
    live: port("live"),
    "some-live": port("some-live"),
  };
  await strangler.start(options);
  const author = liveAuthor(strangler);
  const opened = opening.move();
  return {
    ports,
    asAuthor: (run) => runInContext(newContext({ author }), run),
    author,
    flagsUrl: options.flags?.url ?? "",
    close: () => opened.disposeAsync(),
  };
}

function capability(name: string): Capability<NoOp> {
  return {
    name,
    inProcess: async () => NO_OP,
    extracted: async () => NO_OP,
    methods: { call: { effect: "read", compare: () => ({ outcome: "match" }) } },
    builds: () => ({ inProcess: "bench", extracted: "bench" }),
  };
}

function liveAuthor(strangler: ColdStrangler): string {
  for (let number = 0; ; number++) {
    const author = `author${number}@oms`;
    const { capabilities } = runInContext(newContext({ author }), () => strangler.status());
    const stages = Object.fromEntries(capabilities.map((each) => [each.capability, each.stage]));
    if (stages["passed"] !== "in-process" || stages["shadow"] !== "shadow" || stages["live"] !== "live") {
      throw new Error(`the flags do not lead to their stages: ${JSON.stringify(stages)}`);
    }
    if (stages["some-live"] === "live") return author;
  }
}
