import type { Executor } from "@oms/jobs/executor.ts";
import { z } from "zod";

const nothing: Executor = {
  type: "bench-nothing",
  payload: z.object({}),
  // When its work begins is what lateness is measured to.
  run: async () => ({ beganMs: Date.now() }),
};

const burn: Executor = {
  type: "bench-burn",
  payload: z.object({}),
  async run() {
    for (;;) Math.random();
  },
};

export const executors = [nothing, burn];
