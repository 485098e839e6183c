import { addresses } from "@oms/chassis/config.ts";
import { z } from "zod";

/** All that a child knows of its surroundings. */
export const childConfig = z.object({
  OMS_ENV: z.string(),
  KERNEL_URL: addresses,
  KERNEL_TOKEN: z.string().optional(),
  EMBEDDING_URL: addresses.optional(),
  EMBEDDING_MODEL_VERSION: z.string().optional(),
  EMBEDDING_MODEL_DIR: z.string().optional(),
  SCHEDULER_CALLBACK_ALLOW: z.string().optional(),
  SCHEDULER_EXECUTORS: z.string().optional(),
});

/** What executors that a module brings may be told. */
const BROUGHT = /^EXECUTOR_/;
/** What Node itself looks at. */
const NODES = ["PATH", "HOME", "TMPDIR", "TZ", "NODE_EXTRA_CA_CERTS"];

/** The part of the worker's environment that a child gets: nothing of Redis, no operator's token. */
export function childEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = new Set([...NODES, ...Object.keys(childConfig.shape)]);
  return Object.fromEntries(Object.entries(env).filter(([name]) => names.has(name) || BROUGHT.test(name)));
}
