import type { CallContext } from "@oms/chassis/context/context.ts";
import { BEGINNING } from "../limits.ts";

/** The commit a call works on: in shadow the one its authority started from, else "", the head. */
export function pinnedCommit(context: CallContext, branch: string): string {
  return context.shadow ? (context.reads.get(branch) ?? "") : "";
}

/** Keeps the first commit a call has seen of a branch; "" is a branch without one. */
export function noteRead(context: CallContext, branch: string, commit: string): void {
  if (!context.reads.has(branch)) context.reads.set(branch, commit || BEGINNING);
}
