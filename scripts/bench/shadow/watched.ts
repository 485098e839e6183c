import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { cosine } from "@oms/proxy/compare/cosine.ts";
import type { Capability } from "@oms/proxy/model/capability.ts";
import type { Host } from "@oms/proxy/model/host.ts";
import type { Stage } from "@oms/proxy/model/stage.ts";
import { strangle } from "@oms/proxy/strangle.ts";
import { createStrangler } from "@oms/proxy/strangler.ts";
import { serveStages } from "../stages.ts";

export type Embed = () => Promise<readonly number[]>;

/** One strangled method in one stage, its watched side as `watched` says. */
export type Watched = {
  /** A call by a caller of OMS. */
  readonly call: Embed;
  /** Resolves when no watched call is under way. */
  readonly idle: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export type Sides = { readonly authority: Embed; readonly watched: Embed; readonly deadlineMs: number };

/** Each in a strangler of its own, with the limits of OMS, so that none meets what another left in the lane. */
export async function openWatched(stage: Stage, sides: Sides, host: Host): Promise<Watched> {
  const stages = await serveStages({ bench: { [stage]: 1000 } });
  const strangler = createStrangler(host);
  const port = strangle(capability(stage, sides), strangler);
  await strangler.start(stages.options);
  const stands = strangler.status().capabilities[0]?.stage;
  if (stands !== stage) throw new Error(`the stage is ${stands}, not ${stage}`);
  return {
    call: () => runInContext(newContext({ author: "alice@oms" }), () => port.embed()),
    idle: () => strangler.idle(),
    async close() {
      await strangler.stop();
      await stages[Symbol.asyncDispose]();
    },
  };
}

type Port = { readonly embed: Embed };

function capability(stage: Stage, { authority, watched, deadlineMs }: Sides): Capability<Port> {
  const answering: Port = { embed: authority };
  const other: Port = { embed: watched };
  const isExtracted = stage === "live";
  return {
    name: "bench",
    inProcess: async () => (isExtracted ? other : answering),
    extracted: async () => (isExtracted ? answering : other),
    methods: { embed: { effect: "read", compare: cosine(0.9999), deadlineMs } },
    builds: () => ({ inProcess: "bench", extracted: "bench" }),
  };
}
