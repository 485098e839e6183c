import { loadConfig } from "@oms/chassis/config.ts";
import { connectKernel } from "@oms/data-kernel/client.ts";
import type { Opened } from "@oms/proxy/replay/replay.ts";
import { anyCapability } from "@oms/proxy/strangle.ts";
import { configSchema } from "../../config.ts";
import { host } from "../../strangler.ts";
import { migration } from "./migration.ts";
import { settingsOf } from "./settings.ts";
import { configureEmbeddings } from "./sides.ts";

/** Embedding without OMS around it, for `strangler replay`: both sides as OMS's own environment says. */
export async function openEmbeddings(env: NodeJS.ProcessEnv): Promise<Opened> {
  const config = loadConfig(configSchema, env);
  const kernel = connectKernel({ address: config.KERNEL_URL, token: config.KERNEL_TOKEN });
  configureEmbeddings(settingsOf(config, kernel, () => {}));
  return { capability: anyCapability(migration), host, close: async () => kernel.close() };
}
