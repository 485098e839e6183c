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
    {
      name: "events",
      flag: "oms.events",
      override: "USE_EVENT_GATEWAY",
      door: "src/core/event-publisher/index.ts",
      stub: "src/sdk/event-gateway-client.ts",
      open: async (env) => (await import("./src/core/event-publisher/opened.ts")).openEvents(env),
      handover: async (env) => (await import("./src/core/event-subscriber/handover.ts")).openHandover(env),
    },
  ],
};
