import { FinalFailure } from "../failure.ts";
import type { Json } from "../json.ts";

const MAX_RESULT_BYTES = 256 * 1024;
const MAX_CHECKPOINT_BYTES = 1024 * 1024;

/** What an executor resolved with, as it is stored. Throws a FinalFailure `bad-result`. */
export function requireResult(value: unknown): Json | undefined {
  return asStored(
    value,
    MAX_RESULT_BYTES,
    (message) => new FinalFailure("bad-result", `the result ${message}`),
  );
}

/** What an executor leaves for the next attempt, as it is stored; nothing is null. Throws a FinalFailure. */
export function requireCheckpoint(value: unknown): Json {
  const refuse = (message: string) => new FinalFailure("bad-checkpoint", `the checkpoint ${message}`);
  return asStored(value, MAX_CHECKPOINT_BYTES, refuse) ?? null;
}

function asStored(value: unknown, most: number, refuse: (message: string) => Error): Json | undefined {
  if (value === undefined) return undefined;
  const text = textOf(value);
  if (text === undefined) throw refuse("is not JSON");
  if (Buffer.byteLength(text) > most) throw refuse(`is over ${most} bytes`);
  return JSON.parse(text) as Json;
}

/** Undefined for what has no JSON: a function, a cycle, a BigInt. */
function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
