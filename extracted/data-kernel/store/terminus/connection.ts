import type { Inspect } from "../../hooks/inspect.ts";
import type { Patience } from "./backoff.ts";
import type { Database } from "./database.ts";
import type { TypeIndex } from "./documents.ts";
import type { Lease } from "./lease.ts";
import type { Turns } from "./turns.ts";

/** What the adapter's methods share. */
export type Connection = {
  readonly database: Database;
  readonly index: TypeIndex;
  readonly inspect: Inspect;
  readonly patience: Patience;
  readonly turns: Turns;
  readonly lease: Lease;
};
