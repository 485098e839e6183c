import { loadConfig } from "@oms/chassis/config.ts";
import { connectKernel } from "@oms/data-kernel/client.ts";
import { JobsHandover } from "@oms/jobs/handover.ts";
import type { Handover } from "@oms/proxy/model/handover.ts";
import { configSchema } from "../../config.ts";

/** The jobs and their owners, for `strangler handover`, as OMS's own environment says where they are. */
export async function openHandover(env: NodeJS.ProcessEnv): Promise<Handover> {
  const config = loadConfig(configSchema, env);
  const kernel = connectKernel({ address: config.KERNEL_URL, token: config.KERNEL_TOKEN });
  const jobs = new JobsHandover({ kernel, env: config.OMS_ENV });
  return {
    items: () => jobs.items(),
    move: (id, to) => jobs.move(id, to),
    together: jobs.together,
    async close() {
      await jobs.close();
      kernel.close();
    },
  };
}
