import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parse } from "../validation.ts";
import type { HookSettings } from "./load.ts";
import { DEFAULT_POLICY, policySchema } from "./policy.ts";

/** Where the policy is, and the modules of further hooks; undefined where the kernel's own will do. */
export type HookSources = { readonly policy: string | undefined; readonly modules: readonly string[] };

/** Paths are as seen from the working directory. Rejects with all that is wrong with a policy. */
export async function readHookSettings({ policy, modules }: HookSources): Promise<HookSettings> {
  return {
    policy: policy === undefined ? DEFAULT_POLICY : await readPolicy(policy),
    modules: modules.map((path) => resolve(path)),
  };
}

async function readPolicy(path: string): Promise<HookSettings["policy"]> {
  try {
    return parse(policySchema, JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    throw new Error(`the policy ${path} cannot be used: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}
