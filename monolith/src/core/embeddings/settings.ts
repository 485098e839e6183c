import type { Kernel } from "@oms/data-kernel/client.ts";
import type { Config } from "../../config.ts";
import type { Settings } from "./sides.ts";

/** Where the environment says the two sides are. `fellBack` hears why the second model had to answer. */
export function settingsOf(config: Config, kernel: Kernel, fellBack: (error: unknown) => void): Settings {
  const { EMBEDDING_PROVIDER_URL: url, EMBEDDING_PROVIDER_KEY: key } = config;
  return {
    kernel,
    env: config.OMS_ENV,
    build: config.OMS_BUILD,
    modelDir: config.EMBEDDING_MODEL_DIR,
    serviceAddress: config.EMBEDDING_URL,
    serviceUrl: config.EMBEDDING_REST_URL,
    ...(url !== undefined && {
      provider: {
        url,
        model: config.EMBEDDING_PROVIDER_MODEL,
        first: config.EMBEDDING_PROVIDER_FIRST,
        fellBack,
        ...(key !== undefined && { key }),
      },
    }),
  };
}
