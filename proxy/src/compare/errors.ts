import type { Comparison } from "../model/comparison.ts";
import { nameOf } from "../model/error.ts";
import { json } from "./json.ts";

const sameJson = json();

/**
 * Two errors are alike when they say the same to a program: code and violations where there is a code, else name
 * and message.
 */
export function compareErrors(authority: unknown, watched: unknown): Comparison {
  if (nameOf(authority) !== nameOf(watched)) {
    return { outcome: "mismatch", because: `${nameOf(authority)} against ${nameOf(watched)}` };
  }
  return sameJson(details(authority), details(watched));
}

function details(error: unknown): unknown {
  if (typeof error !== "object" || error === null) return { error };
  const { code, violations, message } = error as Readonly<Record<string, unknown>>;
  return code === undefined ? { message } : { violations: violations ?? [] };
}
