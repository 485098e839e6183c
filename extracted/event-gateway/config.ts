import { addresses, port, wholeNumber } from "@oms/chassis/config.ts";
import { z } from "zod";

export const gatewayConfig = z.object({
  /** HTTP; 0 takes a free one. */
  PORT: port.default(8058),
  GRPC_PORT: port.default(50057),
  HOST: z.string().default("127.0.0.1"),
  /** First part of every branch and subject. */
  OMS_ENV: z.string().default("dev"),
  OMS_BUILD: z.string().default("dev"),
  LOG_LEVEL: z.string().default("info"),
  /** `host:port` of the kernels' gRPC, with commas between. */
  KERNEL_URL: addresses.default("127.0.0.1:50051,127.0.0.1:50052"),
  /** What a kernel that authenticates its callers knows this service by. */
  KERNEL_TOKEN: z.string().optional(),
  /** A NATS server, or those of one cluster with commas between. */
  NATS_URL: z.string().default("nats://127.0.0.1:4222"),
  /** How long JetStream may take to store an event before it is queued, in milliseconds. */
  PUBLISH_MS: wholeNumber(50, 60_000).default(2000),
  /** Servers of the cluster that keep each event. */
  EVENT_STREAM_REPLICAS: wholeNumber(1, 5).default(1),
  /** How long JetStream itself knows an event again, in milliseconds. */
  EVENT_DUPLICATE_WINDOW_MS: wholeNumber(100, 86_400_000).default(120_000),
  /** A directory that outlives the process, for what NATS cannot take; without it that is UNAVAILABLE. */
  QUEUE_DIR: z.string().optional(),
  /** What may wait there, in bytes. */
  QUEUE_MAX_BYTES: wholeNumber(1, 1_000_000_000_000).default(1_000_000_000),
  /** What the secrets of webhooks are derived from; without it there are no webhooks. */
  WEBHOOK_SIGNING_KEY: z.string().min(32, "must have at least 32 characters").optional(),
  /** Addresses and networks that webhooks may go to besides the public ones: `127.0.0.1,10.0.0.0/8`. */
  WEBHOOK_ALLOW: z.string().optional(),
  /** Until the first retry, in milliseconds; each further one is four times as far off, up to an hour. */
  WEBHOOK_RETRY_MS: wholeNumber(1, 3_600_000).default(1000),
  /** How often an endpoint that is down is tried, in milliseconds. */
  WEBHOOK_PROBE_MS: wholeNumber(1, 3_600_000).default(30_000),
});

export type GatewayConfig = z.infer<typeof gatewayConfig>;
