import type { Task } from "@oms/jobs/executor.ts";
import type { Json, JsonObject } from "@oms/jobs/json.ts";
import { z } from "zod";

/** What the worker says to a child. */
export type ToChild =
  | { readonly kind: "run"; readonly type: string; readonly task: Task<JsonObject> }
  /** `error`: why the last checkpoint was not kept. */
  | { readonly kind: "kept"; readonly error?: string };

/** One execution at a time; while one runs, one checkpoint at a time. */
export type FromChild =
  /** It has loaded, and takes work. */
  | { readonly kind: "ready" }
  /** It has the work: from here on it may have had its effect. */
  | { readonly kind: "began" }
  | { readonly kind: "checkpoint"; readonly progress: number; readonly data: Json }
  | { readonly kind: "done"; readonly result?: Json | undefined }
  | { readonly kind: "failed"; readonly code: string; readonly message: string; readonly final: boolean };

const json: z.ZodType<Json> = z.custom<Json>((value) => value !== undefined);

/** A child runs code of whoever wrote the executor: what it says is looked at. */
export const fromChild: z.ZodType<FromChild> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ready") }),
  z.object({ kind: z.literal("began") }),
  z.object({ kind: z.literal("checkpoint"), progress: z.number().min(0).max(1), data: json }),
  z.object({ kind: z.literal("done"), result: json.optional() }),
  z.object({
    kind: z.literal("failed"),
    code: z.string().max(100),
    message: z.string().max(500),
    final: z.boolean(),
  }),
]);

/** Where a child finds its end of the channel, and the pipe that closes when the worker is gone. */
export const CHANNEL_FD = 3;
export const LIFELINE_FD = 4;
