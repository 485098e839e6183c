import type { Violation } from "@oms/chassis/errors/service-error.ts";
import type { Document } from "../store/port.ts";
import type { Schema } from "./schema.ts";

/**
 * Looks at a commit before anybody can see it: once at the whole, once at each change, in order. Any finding refuses
 * the commit; a hook that throws refuses it as INTERNAL.
 */
export type Hook = {
  readonly name: string;
  readonly inspect?: (proposed: Proposed, look: Look) => readonly Finding[];
  readonly inspectChange?: (change: ProposedChange, proposed: Proposed, look: Look) => readonly Finding[];
};

/** `field` points into the request: `writes[2].put.body/properties/name`, `writes[3].delete`, `message`. */
export type Finding = Violation;

export type Proposed = {
  readonly branch: string;
  readonly author: string;
  /** Who asks: the authenticated caller's service; on a trusted network the author's. */
  readonly service: string;
  readonly message: string;
  /** The kernel's clock, in Unix milliseconds. */
  readonly timeMs: number;
};

export type ProposedDocument = Omit<Document, "revision">;

/** What one write would do. `before` and `value` are read when first asked for. */
export type ProposedChange = {
  /** `writes[2].put` or `writes[3].delete`. */
  readonly field: string;
  readonly id: string;
  readonly before: ProposedDocument | undefined;
  /** Undefined: it is deleted, or was not there to begin with. */
  readonly after: ProposedDocument | undefined;
  /** The body after the change, parsed; undefined for a deletion. */
  readonly value: unknown;
};

/** The branch as the commit would leave it, and as it is. */
export type Look = {
  readonly find: (id: string) => ProposedDocument | undefined;
  readonly findBefore: (id: string) => ProposedDocument | undefined;
  /** Ids of documents that refer to `id` and are not changed themselves: `limit` at most. */
  readonly referrers: (id: string, limit: number) => readonly string[];
  /** The schema of a kernel type; undefined when it has none. */
  readonly schemaOf: (type: string) => Schema | undefined;
};
