import { pathToFileURL } from "node:url";
import { z } from "zod";
import { checkJobs } from "./check-jobs.ts";
import { checkPolicy } from "./check-policy.ts";
import { checkReferences } from "./check-references.ts";
import { checkSchema } from "./check-schema.ts";
import type { Hook } from "./hook.ts";
import { createInspect, type Inspect } from "./inspect.ts";
import { DEFAULT_POLICY, type HookName, type Policy } from "./policy.ts";

/** Plain data, for every thread that evaluates commits loads its own. */
export type HookSettings = {
  readonly policy: Policy;
  /** Absolute paths of modules that export `hook`. */
  readonly modules: readonly string[];
};

export const DEFAULT_HOOKS: HookSettings = { policy: DEFAULT_POLICY, modules: [] };

/** The policy's own hooks, then those of the modules. Rejects when a module cannot be loaded or exports no hook. */
export async function loadInspect({ policy, modules }: HookSettings): Promise<Inspect> {
  const known: Readonly<Record<HookName, Hook>> = {
    schema: checkSchema,
    references: checkReferences,
    jobs: checkJobs(policy.jobs),
    policy: checkPolicy(policy),
  };
  const more = await Promise.all(modules.map(loadHook));
  return createInspect([...policy.hooks.map((name) => known[name]), ...more]);
}

const isFunction = (value: unknown) => typeof value === "function";
const asking = z.custom<(...asked: unknown[]) => unknown>(isFunction).optional();
const exported = z.object({
  hook: z.object({ name: z.string(), inspect: asking, inspectChange: asking }),
});

async function loadHook(path: string): Promise<Hook> {
  const module = exported.safeParse(await import(pathToFileURL(path).href));
  if (!module.success) throw new Error(`${path} must export hook: { name, inspect?, inspectChange? }`);
  const { name, inspect, inspectChange } = module.data.hook;
  return {
    name,
    ...(inspect && { inspect: (...asked) => findings.parse(inspect(...asked)) }),
    ...(inspectChange && { inspectChange: (...asked) => findings.parse(inspectChange(...asked)) }),
  };
}

/** What a hook says is believed only in this shape: a promise, for one, is no answer. */
const findings = z.array(z.object({ field: z.string(), message: z.string() }));
