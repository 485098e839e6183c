import { loadConfig } from "@oms/chassis/config.ts";
import { createLogger } from "@oms/chassis/log.ts";
import { connectKernel } from "@oms/data-kernel/client.ts";
import type { Opened } from "@oms/proxy/replay/replay.ts";
import { anyCapability } from "@oms/proxy/strangle.ts";
import { configSchema } from "../../config.ts";
import { host } from "../../strangler.ts";
import { migration } from "./migration.ts";
import { settingsOf } from "./settings.ts";
import { configureEvents, stopInProcess } from "./sides.ts";

/** Publishing without OMS around it, for `strangler replay`: both sides as OMS's own environment says. */
export async function openEvents(env: NodeJS.ProcessEnv): Promise<Opened> {
  const config = loadConfig(configSchema, env);
  const kernel = connectKernel({ address: config.KERNEL_URL, token: config.KERNEL_TOKEN });
  configureEvents(settingsOf(config, kernel, createLogger("oms", "silent")));
  return {
    capability: anyCapability(migration),
    host,
    async close() {
      await stopInProcess();
      kernel.close();
    },
  };
}
