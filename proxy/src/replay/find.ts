import { isDeepStrictEqual } from "node:util";
import { kept, type Redact } from "../ledger/sample.ts";
import type { Sample } from "../ledger/tally.ts";

/** A call as it was made, with everything a sample hides. */
export type RecordedCall = { readonly method: string; readonly args: readonly unknown[] };

/**
 * The call a sample was taken of: the one that gives the same redacted arguments under the sample's seed. Undefined
 * when none of `calls` is it.
 */
export function findCall(
  sample: Sample,
  calls: readonly RecordedCall[],
  redact?: Redact,
): RecordedCall | undefined {
  return calls.find(
    ({ method, args }) =>
      method === sample.method && isDeepStrictEqual(asRead(kept(args, sample.seed, redact)), sample.args),
  );
}

/** Samples were JSON in between. */
function asRead(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
