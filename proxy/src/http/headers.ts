import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";

/** RFC 9110, section 7.6.1: what one connection's ends say to each other. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Said to OMS: the service has a name of its own, answers are read here, and nobody waits for a 100. */
const OURS: ReadonlySet<string> = new Set(["host", "accept-encoding", "expect"]);

type Internal = (header: string) => boolean;

/** What a caller's request may tell the service, and the context of the call. */
export function requestHeaders(
  headers: IncomingHttpHeaders,
  context: Readonly<Record<string, string>>,
  internal: Internal,
): OutgoingHttpHeaders {
  return { ...passed(headers, (name) => OURS.has(name) || internal(name)), ...context };
}

/** What a service's answer may tell the caller. */
export function answerHeaders(headers: IncomingHttpHeaders, internal: Internal): OutgoingHttpHeaders {
  return passed(headers, internal);
}

function passed(headers: IncomingHttpHeaders, kept: Internal): OutgoingHttpHeaders {
  const named = headers.connection?.toLowerCase().split(/[\s,]+/) ?? [];
  const result: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!HOP_BY_HOP.has(name) && !named.includes(name) && !kept(name)) result[name] = value;
  }
  return result;
}
