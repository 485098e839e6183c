import { invalid } from "@oms/chassis/errors/service-error.ts";
import type { FiresRequest, HistoryRequest, JobUpdate, ListRequest } from "./port.ts";

/** A query string's fields as a router parsed them: a text, or something else where one was repeated. */
export type Query = Readonly<Record<string, unknown>>;

/*
 * What the paths of /jobs and /executions ask for, which OMS and the service answer, and those of the service alone. All
 * throw INVALID_ARGUMENT with the parameter.
 */

/** PATCH /jobs/:id. The body has not been looked at. */
export function updateRequest(id: string, body: unknown): JobUpdate {
  const fields = typeof body === "object" && body !== null ? body : {};
  if ("id" in fields && fields.id !== id) throw invalid("id", "must be the one of the path");
  return { ...fields, id };
}

/** GET /jobs */
export function listRequest(query: Query): ListRequest {
  const tag = text(query, "tag");
  const type = text(query, "type");
  return { ...(tag !== undefined && { tag }), ...(type !== undefined && { type }), ...page(query) };
}

/** GET /executions */
export function historyRequest(query: Query): HistoryRequest {
  const job = text(query, "job");
  if (job === undefined) throw invalid("job", "is required");
  return { job, ...page(query) };
}

/** GET /dead-letters */
export function deadLettersRequest(query: Query): Partial<HistoryRequest> {
  const job = text(query, "job");
  return { ...(job !== undefined && { job }), ...page(query) };
}

/** GET /fires */
export function firesRequest(query: Query): FiresRequest {
  return { fromMs: milliseconds(query, "fromMs"), toMs: milliseconds(query, "toMs") };
}

const PAGE_SIZE = "must be an integer from 1 to 1000";

function page(query: Query): { readonly pageSize?: number; readonly pageToken?: string } {
  const size = text(query, "pageSize");
  const pageToken = text(query, "pageToken");
  if (size !== undefined && !(/^\d{1,4}$/.test(size) && Number(size) >= 1 && Number(size) <= 1000))
    throw invalid("pageSize", PAGE_SIZE);
  return {
    ...(size !== undefined && { pageSize: Number(size) }),
    ...(pageToken !== undefined && { pageToken }),
  };
}

function milliseconds(query: Query, name: string): number {
  const said = text(query, name);
  if (said === undefined) throw invalid(name, "is required");
  if (!/^\d{1,15}$/.test(said)) throw invalid(name, "must be Unix milliseconds");
  return Number(said);
}

function text(query: Query, name: string): string | undefined {
  const said = query[name];
  if (said === undefined) return undefined;
  if (typeof said !== "string" || said === "") throw invalid(name, "must be given once, and not be empty");
  return said;
}
