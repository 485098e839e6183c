import { port } from "@oms/chassis/config.ts";
import { z } from "zod";

export const kernelConfig = z.object({
  /** HTTP; 0 takes a free one. */
  PORT: port.default(8051),
  GRPC_PORT: port.default(50051),
  HOST: z.string().default("127.0.0.1"),
  /** Holds kernel.db; made when missing. */
  DATA_DIR: z.string().describe("must be the folder of kernel.db"),
  LOG_LEVEL: z.string().default("info"),
  OMS_BUILD: z.string().default("dev"),
});

export type KernelConfig = z.infer<typeof kernelConfig>;
