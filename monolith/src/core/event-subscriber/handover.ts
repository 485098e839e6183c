import { loadConfig } from "@oms/chassis/config.ts";
import { connectKernel } from "@oms/data-kernel/client.ts";
import { SubscribersHandover } from "@oms/events/handover.ts";
import type { Handover } from "@oms/proxy/model/handover.ts";
import { configSchema } from "../../config.ts";

/** The subscribers and who binds them, for `strangler handover`, as OMS's own environment says where they are. */
export async function openHandover(env: NodeJS.ProcessEnv): Promise<Handover> {
  const config = loadConfig(configSchema, env);
  const kernel = connectKernel({ address: config.KERNEL_URL, token: config.KERNEL_TOKEN });
  const subscribers = new SubscribersHandover(kernel, config.OMS_ENV);
  return {
    items: () => subscribers.items(),
    move: (id, to) => subscribers.move(id, to),
    close: async () => kernel.close(),
  };
}
