import { invalid } from "@oms/chassis/errors/service-error.ts";
import type { PageRequest } from "../valid.ts";

/** A query string's fields as a router parsed them: a text, or something else where one was repeated. */
export type Query = Readonly<Record<string, unknown>>;

/** INVALID_ARGUMENT with the parameter when it was repeated. */
export function text(query: Query, name: string): string | undefined {
  const said = query[name];
  if (said === undefined || typeof said === "string") return said;
  throw invalid(name, "must be given once");
}

export function pageRequest(query: Query): PageRequest {
  const size = text(query, "pageSize");
  const pageToken = text(query, "pageToken");
  return {
    ...(size !== undefined && { pageSize: /^\d{1,9}$/.test(size) ? Number(size) : Number.NaN }),
    ...(pageToken !== undefined && { pageToken }),
  };
}

/** The number that names something in a path. */
export function idOf({ id = "" }: { readonly id?: string }): { readonly id: number } {
  if (!/^\d{1,15}$/.test(id)) throw invalid("id", "must be a whole number");
  return { id: Number(id) };
}

/** A body with what its path names. INVALID_ARGUMENT when the body says another. */
export function named(body: unknown, field: string, name: string): Record<string, unknown> {
  const fields: Record<string, unknown> = { ...(body as object | undefined) };
  if (fields[field] !== undefined && fields[field] !== name)
    throw invalid(field, "must be the one of the path");
  return { ...fields, [field]: name };
}
