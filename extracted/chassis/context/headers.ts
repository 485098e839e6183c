import { invalid } from "../errors/service-error.ts";
import { ANONYMOUS, type CallContext, DEFAULT_BRANCH, newContext } from "./context.ts";
import { decodeReads, encodeReads } from "./reads.ts";
import { childTraceparent } from "./traceparent.ts";

/** HTTP header names; the same words are the gRPC metadata keys. */
const AUTHOR = "oms-author";
const BRANCH = "oms-branch";
const TENANT = "oms-tenant";
const TRACEPARENT = "traceparent";
const KEY = "idempotency-key";
export const DEADLINE = "oms-deadline";
const SHADOW = "oms-shadow";
const EVIDENCE = "oms-evidence";
export const READS = "oms-reads";
export const BUILD = "oms-build";

/** What callers of the edge may say: only our own services say deadline, shadow, evidence and reads. */
export type Edge = "public" | "internal";

/** A header by its lower-case name. */
export type Header = (name: string) => string | undefined;

const MAX_TEXT = 200;
const SUBJECT_AT_SERVICE = /^[^\s@]+@[A-Za-z0-9][A-Za-z0-9._-]*$/u;
const UNIX_MS = /^\d{1,15}$/;

/**
 * The context a caller sent. A traceparent that is not valid starts a new trace; anything else that is not valid
 * is INVALID_ARGUMENT naming the header.
 */
export function readContext(header: Header, edge: Edge): CallContext {
  const tenant = readText(header, TENANT);
  const key = readText(header, KEY);
  const internal = edge === "internal";
  const deadline = internal ? readDeadline(header(DEADLINE)) : undefined;
  const evidence = internal && readFlag(header, EVIDENCE);
  return newContext({
    author: readAuthor(header),
    branch: readText(header, BRANCH) ?? DEFAULT_BRANCH,
    traceparent: childTraceparent(header(TRACEPARENT)),
    shadow: internal && readFlag(header, SHADOW),
    reads: internal ? decodeReads(header(READS)) : new Map(),
    ...(tenant !== undefined && { tenant }),
    ...(key !== undefined && { key }),
    ...(deadline !== undefined && { deadline }),
    ...(evidence && { evidence }),
  });
}

/** The headers that carry `context` to the next process, their values printable ASCII. */
export function writeContext(context: CallContext): Record<string, string> {
  return {
    [AUTHOR]: encodeText(context.author),
    [BRANCH]: encodeText(context.branch),
    [TRACEPARENT]: context.traceparent,
    ...(context.tenant !== undefined && { [TENANT]: encodeText(context.tenant) }),
    ...(context.key !== undefined && { [KEY]: encodeText(context.key) }),
    ...(context.deadline !== undefined && { [DEADLINE]: String(Math.floor(context.deadline)) }),
    ...(context.shadow && { [SHADOW]: "true" }),
    ...(context.evidence && { [EVIDENCE]: "true" }),
    ...(context.shadow && context.reads.size > 0 && { [READS]: encodeReads(context.reads) }),
  };
}

/** Percent-encodes what a header cannot carry; plain names such as `alice@oms` stay as they are. */
function encodeText(value: string): string {
  return value.toWellFormed().replace(/[^\x21-\x24\x26-\x7e]+/gu, encodeURIComponent);
}

function readText(header: Header, name: string): string | undefined {
  const raw = header(name);
  if (raw === undefined) return undefined;
  const value = decodeText(raw);
  if (value === undefined) throw invalid(name, "must be ASCII, other text percent-encoded as UTF-8");
  if (/\p{Cc}/u.test(value)) throw invalid(name, "must not contain control characters");
  if (value.length === 0 || value.length > MAX_TEXT)
    throw invalid(name, `must be 1 to ${MAX_TEXT} characters`);
  return value;
}

function decodeText(raw: string): string | undefined {
  if (/[^\x20-\x7e]/.test(raw)) return undefined;
  try {
    return decodeURIComponent(raw);
  } catch {
    return undefined;
  }
}

function readAuthor(header: Header): string {
  const author = readText(header, AUTHOR) ?? ANONYMOUS;
  if (!SUBJECT_AT_SERVICE.test(author)) throw invalid(AUTHOR, "must look like subject@service");
  return author;
}

function readDeadline(raw: string | undefined): number | undefined {
  if (raw === undefined) return undefined;
  if (!UNIX_MS.test(raw)) throw invalid(DEADLINE, "must be Unix milliseconds");
  return Number(raw);
}

function readFlag(header: Header, name: string): boolean {
  const raw = header(name);
  if (raw !== undefined && raw !== "true" && raw !== "false") throw invalid(name, "must be true or false");
  return raw === "true";
}
