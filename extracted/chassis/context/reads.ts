import { invalid } from "../errors/service-error.ts";

const MAX_BRANCHES = 100;

/** `branch=commit&branch=commit`, URL-encoded: printable ASCII whatever the names. */
export function encodeReads(reads: ReadonlyMap<string, string>): string {
  return new URLSearchParams([...reads]).toString();
}

/** The reverse of `encodeReads`; INVALID_ARGUMENT on field `oms-reads` for a pair without a name or a commit. */
export function decodeReads(raw: string | undefined): Map<string, string> {
  const pairs = [...new URLSearchParams(raw ?? "")];
  const unfit = pairs.some(([branch, commit]) => branch === "" || commit === "");
  if (unfit || pairs.length > MAX_BRANCHES) {
    throw invalid("oms-reads", `must be up to ${MAX_BRANCHES} pairs branch=commit`);
  }
  return new Map(pairs);
}

/** Adds what a callee read to what is known; the first read of a branch stands. */
export function mergeReads(reads: Map<string, string>, more: ReadonlyMap<string, string>): void {
  for (const [branch, commit] of more) {
    if (!reads.has(branch)) reads.set(branch, commit);
  }
}
