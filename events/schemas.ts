import type { Logger } from "@oms/chassis/log.ts";
import type { Doc, Kernel } from "@oms/data-kernel/client.ts";
import type { Event } from "./event.ts";

/** The body of a document `EventSchema/<type>`: what the data of that type must be, JSON Schema draft 2020-12. */
export type EventSchema = { readonly type: string; readonly schema: object };

export type SchemasOptions = {
  readonly kernel: Kernel;
  readonly env: string;
  readonly log: Pick<Logger, "warn">;
  readonly pollMs?: number;
};

/** The registered schemas, at most a second old. While the kernel is away the last known ones hold. */
export declare class EventSchemas {
  constructor(options: SchemasOptions);
  /** @throws INVALID_ARGUMENT with fields as `data/properties/name`. A type without a schema takes any data. */
  check(event: Event, at?: string): void;
  list(): Promise<readonly Doc<EventSchema>[]>;
  /** INVALID_ARGUMENT on `schema` for what is none; ABORTED on `revision`. */
  put(type: string, schema: object, revision?: string): Promise<Doc<EventSchema>>;
  delete(type: string): Promise<boolean>;
  close(): Promise<void>;
}
