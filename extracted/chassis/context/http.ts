import type { IncomingHttpHeaders } from "node:http";
import type { CallContext } from "./context.ts";
import { type Edge, readContext } from "./headers.ts";

/** The context of an HTTP request; INVALID_ARGUMENT names the header that is wrong. */
export function contextFromHeaders(headers: IncomingHttpHeaders, edge: Edge): CallContext {
  return readContext((name) => {
    const value = headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }, edge);
}
