import { z } from "zod";
import { commitId } from "../ontology/commit-id.ts";
import type { Expectation } from "../ontology/documents.ts";
import { parse } from "../rest/validation.ts";

/** Arguments as GraphQL hands them to a resolver: of the schema's types, their values not looked at yet. */
export type Arguments = Readonly<Record<string, unknown>>;

const PAGE_SIZE = "must be an integer from 1 to 1000";

/** What reading one thing takes. */
export const reading = { at: commitId.exactOptional() };
/** What reading a list takes. */
export const paging = {
  pageSize: z.int(PAGE_SIZE).min(1, PAGE_SIZE).max(1000, PAGE_SIZE),
  pageToken: z.string().min(1).exactOptional(),
};

/** The arguments as `schema` has them, in REST's words when they are not. Null counts as not given. */
export function read<S extends z.ZodType>(schema: S, given: unknown): z.infer<S> {
  return parse(schema, withoutNulls(given));
}

/** `revision` is what REST says by If-Match. */
export function expectationOf({ revision }: Arguments): Expectation {
  return typeof revision === "string" ? { revision } : "anything";
}

/** Null is what GraphQL has for absent. */
export function withoutNulls(given: unknown): unknown {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return given;
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
}
