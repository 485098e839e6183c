import { format } from "node:util";
import type { ErrorCode } from "@oms/chassis/errors/service-error.ts";
import type { QueueFile } from "./file.ts";

/** What may be asked of the file. */
export type Method = Exclude<keyof QueueFile, "inTransaction" | "depth" | "close">;
export type Arguments<M extends Method> = Parameters<QueueFile[M]>;
export type Result<M extends Method> = ReturnType<QueueFile[M]>;

export type Call<M extends Method = Method> = { readonly method: M; readonly args: Arguments<M> };

/** An error as plain data, for it crosses threads. Without a code it is a bug, and `message` is for the log. */
export type Failure = { readonly code?: ErrorCode; readonly message: string };
export type Outcome = { readonly value: unknown } | { readonly failure: Failure };

/**
 * Runs calls in one transaction: one fsync for all. On a disk that is full, what takes no room is done all the same:
 * the queue has to be able to shrink.
 */
export function runTogether(file: QueueFile, calls: readonly Call[]): Outcome[] {
  const together = attempt(file, calls);
  if (!("failure" in together)) return together.outcomes;
  const { failure } = together;
  const others = calls.filter(({ method }) => method !== "accept");
  if (others.length === calls.length) return calls.map(() => ({ failure }));
  const apart = attempt(file, others);
  let next = 0;
  return calls.map(({ method }) => {
    if (method === "accept") return { failure };
    if ("failure" in apart) return apart;
    return apart.outcomes[next++] ?? { failure };
  });
}

type Attempt = { readonly outcomes: Outcome[] } | { readonly failure: Failure };

function attempt(file: QueueFile, calls: readonly Call[]): Attempt {
  try {
    return { outcomes: file.inTransaction(() => calls.map((call) => ({ value: run(file, call) }))) };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

function run<M extends Method>(file: QueueFile, { method, args }: Call<M>): unknown {
  const work = file[method] as (...args: Arguments<M>) => Result<M>;
  return work.apply(file, args);
}

/** Primary result codes that say what the machine lacks rather than what we did wrong: sqlite.org/rescode.html. */
const LACKS: ReadonlyMap<number, Failure> = new Map<number, Failure>([
  [8, { code: "UNAVAILABLE", message: "the queue cannot be written" }],
  [10, { code: "UNAVAILABLE", message: "the queue's disk failed" }],
  [13, { code: "RESOURCE_EXHAUSTED", message: "the queue's disk is full" }],
]);

function failureOf(error: unknown): Failure {
  const code = error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : 0;
  return LACKS.get(code) ?? { message: format(error) };
}
