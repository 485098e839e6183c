import type { StranglerConfig } from "@oms/proxy/cli/config.ts";

/** What `strangler` needs to know of OMS; paths are relative to this file. */
export const config: StranglerConfig = {
  capabilities: [
    {
      name: "embedding",
      flag: "oms.embedding",
      override: "USE_EMBEDDING_MS",
      door: "src/core/embeddings/index.ts",
      stub: "src/sdk/embedding-stub.ts",
      open: async (env) => (await import("./src/core/embeddings/opened.ts")).openEmbeddings(env),
    },
    {
      name: "scheduler",
      flag: "oms.scheduler",
      override: "USE_SCHEDULER_MS",
      door: "src/core/scheduler/index.ts",
      stub: "src/sdk/scheduler-stub.ts",
      open: async (env) => (await import("./src/core/scheduler/opened.ts")).openScheduler(env),
      handover: async (env) => (await import("./src/core/scheduler/handover.ts")).openHandover(env),
    },
  ],
};
