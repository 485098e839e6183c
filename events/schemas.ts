import { invalid, ServiceError } from "@oms/chassis/errors/service-error.ts";
import { compileJsonSchema, type Findings } from "@oms/chassis/json-schema/compile.ts";
import type { Logger } from "@oms/chassis/log.ts";
import type { Doc, Kernel } from "@oms/data-kernel/client.ts";
import { LRUCache } from "lru-cache";
import { EventDocuments, WatchedDocuments } from "./documents.ts";
import { type Event, eventType } from "./event.ts";
import { SCHEMA } from "./names.ts";

/** The body of a document `EventSchema/<type>`: what the data of that type must be, JSON Schema draft 2020-12. */
export type EventSchema = { readonly type: string; readonly schema: object };

export type SchemasOptions = {
  readonly kernel: Kernel;
  readonly env: string;
  readonly log: Pick<Logger, "warn">;
  readonly pollMs?: number;
};

const BROKEN = "cannot be judged: the schema of its type is broken";
/** How long the first event waits for a kernel that does not answer. */
const PATIENCE_MS = 1000;
const MOST_COMPILED = 1000;

/**
 * The registered schemas, at most a second old from the first use on. While the kernel is away the last known ones hold,
 * and before any were known every type takes any data.
 */
export class EventSchemas {
  readonly #documents: EventDocuments<EventSchema>;
  readonly #watched: WatchedDocuments<EventSchema>;
  /** By the revision of the document. */
  readonly #compiled = new LRUCache<string, Findings>({ max: MOST_COMPILED });
  #begun: Promise<void> | undefined;

  constructor(options: SchemasOptions) {
    this.#documents = new EventDocuments({ ...options, type: SCHEMA });
    this.#watched = new WatchedDocuments({ ...options, type: SCHEMA });
  }

  /** Rejects with INVALID_ARGUMENT, fields as `data/name`. A type without a schema takes any data. */
  async check(event: Event, at = ""): Promise<void> {
    this.#begun ??= this.#begin();
    await this.#begun;
    const doc = this.#watched.documents.get(event.type);
    if (!doc) return;
    if (event.data_base64 !== undefined)
      throw invalid(`${at}data_base64`, "must be data: its type has a schema");
    const findings = this.#findingsOf(doc)(event.data ?? null);
    if (findings.length === 0) return;
    const violations = findings.map(({ field, message }) => ({ field: `${at}data${field}`, message }));
    const text = violations.map(({ field, message }) => `${field} ${message}`).join("; ");
    throw new ServiceError("INVALID_ARGUMENT", text, violations);
  }

  list(): Promise<readonly Doc<EventSchema>[]> {
    return this.#documents.list();
  }

  /** INVALID_ARGUMENT on `type`, on `schema` for what is none; ABORTED on `revision`. */
  async put(type: string, schema: object, revision?: string): Promise<Doc<EventSchema>> {
    const named = eventType.safeParse(type);
    if (!named.success) throw invalid("type", named.error.issues[0]?.message ?? "is not valid");
    const compiled = compileJsonSchema(schema);
    if (typeof compiled === "string") throw invalid("schema", compiled);
    return this.#documents.put(type, { type, schema }, revision);
  }

  /** False where there was none. */
  delete(type: string): Promise<boolean> {
    return this.#documents.delete(type);
  }

  close(): Promise<void> {
    return this.#watched.close();
  }

  async #begin(): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, PATIENCE_MS);
    await Promise.race([this.#watched.refresh().catch(() => undefined), late]);
    clearTimeout(timer);
  }

  #findingsOf({ id, body, revision }: Doc<EventSchema>): Findings {
    const key = `${id} ${revision}`;
    const known = this.#compiled.get(key);
    if (known) return known;
    const compiled = compileJsonSchema(body.schema);
    const findings: Findings =
      typeof compiled === "string" ? () => [{ field: "", message: BROKEN }] : compiled;
    this.#compiled.set(key, findings);
    return findings;
  }
}
