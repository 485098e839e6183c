import { randomUUID } from "node:crypto";

const PATTERN = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const ZERO_TRACE = "0".repeat(32);
const ZERO_SPAN = "0".repeat(16);

/** A sampled root, W3C Trace Context version 00. */
export function newTraceparent(): string {
  return `00-${randomHex()}-${randomHex().slice(16)}-01`;
}

/** The same trace with a new span id; a new root when `parent` is not a valid traceparent. */
export function childTraceparent(parent: string | undefined): string {
  const [, trace, span, flags] = PATTERN.exec(parent ?? "") ?? [];
  if (!trace || trace === ZERO_TRACE || span === ZERO_SPAN) return newTraceparent();
  return `00-${trace}-${randomHex().slice(16)}-${flags}`;
}

/** The trace id of a traceparent; undefined when it is not valid. */
export function traceIdOf(traceparent: string): string | undefined {
  return PATTERN.exec(traceparent)?.[1];
}

/** 32 digits, never all 0. Every call draws some, and a UUID's randomness is drawn from the system ahead of use. */
function randomHex(): string {
  return randomUUID().replaceAll("-", "");
}
