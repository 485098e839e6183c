import { addressRules } from "@oms/chassis/http/address.ts";
import { builtInExecutors } from "@oms/jobs/executors/built-in.ts";
import { loadExecutors } from "@oms/jobs/executors/load.ts";
import { createRegistry, type Registry } from "@oms/jobs/executors/registry.ts";
import type { ApiConfig } from "./config.ts";

/** The types of jobs that can be registered; this process runs none of them. */
export async function openRegistry({ SCHEDULER_EXECUTORS }: ApiConfig): Promise<Registry> {
  const builtIn = builtInExecutors({ callbacks: addressRules(undefined, "SCHEDULER_CALLBACK_ALLOW") });
  return createRegistry([...builtIn, ...(await loadExecutors(SCHEDULER_EXECUTORS))]);
}
