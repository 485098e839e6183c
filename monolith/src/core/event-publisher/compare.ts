import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { PublishResult, Receipt } from "@oms/events/port.ts";
import { json } from "@oms/proxy/compare/json.ts";
import type { Comparison } from "@oms/proxy/model/comparison.ts";

const MATCH: Comparison = { outcome: "match" };
const NO_EVIDENCE: Comparison = { outcome: "skipped", because: "a side gave no envelope" };

const same = json<unknown>();

/**
 * What each side sent, or would have sent. Where it then was, stored, queued or recorded, is no difference: one of the
 * two sends nothing.
 */
export function compareReceipts(authority: Receipt, watched: Receipt): Comparison {
  const [a, b] = [named(authority), named(watched)];
  const comparison = same(a, b);
  if (comparison.outcome !== "match") return comparison;
  return authority.envelope && watched.envelope
    ? same({ envelope: authority.envelope }, { envelope: watched.envelope })
    : NO_EVIDENCE;
}

const named = ({ source, id }: Receipt) => ({ source, id });

/** As many results, in the same order: receipt against receipt, refusal against refusal. */
export function compareBatches(
  authority: readonly PublishResult[],
  watched: readonly PublishResult[],
): Comparison {
  if (authority.length !== watched.length)
    return mismatch(`results: ${authority.length} against ${watched.length}`);
  let evidence = authority.length === 0;
  for (const [n, result] of authority.entries()) {
    const other = watched[n];
    const comparison = other ? compareResults(result, other) : MATCH;
    if (comparison.outcome === "mismatch") return mismatch(`results[${n}]: ${comparison.because}`);
    evidence ||= comparison.outcome === "match";
  }
  return evidence ? MATCH : NO_EVIDENCE;
}

function compareResults(authority: PublishResult, watched: PublishResult): Comparison {
  if ("receipt" in authority && "receipt" in watched)
    return compareReceipts(authority.receipt, watched.receipt);
  if ("refusal" in authority && "refusal" in watched) return same(authority.refusal, watched.refusal);
  const code = codeOf(authority);
  if (LIVE_ONLY.has(code)) return NO_EVIDENCE;
  return mismatch(`one side alone refused (${code || codeOf(watched)})`);
}

const codeOf = (result: PublishResult) => ("refusal" in result ? result.refusal.code : "");

/** Only who sends learns that another event has the name, or that NATS is away. */
const LIVE_ONLY: ReadonlySet<string> = new Set(["ALREADY_EXISTS", "UNAVAILABLE"]);

export function isLiveOnly(error: unknown): boolean {
  return error instanceof ServiceError && LIVE_ONLY.has(error.code);
}

const mismatch = (because: string): Comparison => ({ outcome: "mismatch", because });
