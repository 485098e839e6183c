import { format } from "node:util";
import type { ErrorCode } from "@oms/chassis/errors/service-error.ts";
import type { QueueFile } from "./file.ts";
import type { Reserve } from "./reserve.ts";

/** What may be asked of the file. */
export type Method = "accept" | "head" | "remove" | "park" | "parked" | "findParked" | "discard" | "subjects";
export type Arguments<M extends Method> = Parameters<QueueFile[M]>;
export type Result<M extends Method> = ReturnType<QueueFile[M]>;

export type Call<M extends Method = Method> = { readonly method: M; readonly args: Arguments<M> };

/** An error as plain data, for it crosses threads. Without a code it is a bug, and `message` is for the log. */
export type Failure = { readonly code?: ErrorCode; readonly message: string };
export type Outcome = { readonly value: unknown } | { readonly failure: Failure };

const FULL: Failure = { code: "RESOURCE_EXHAUSTED", message: "the queue's disk is full" };

/** Primary result codes that say what the machine lacks rather than what we did wrong: sqlite.org/rescode.html. */
const LACKS: ReadonlyMap<number, Failure> = new Map<number, Failure>([
  [8, { code: "UNAVAILABLE", message: "the queue cannot be written" }],
  [10, { code: "UNAVAILABLE", message: "the queue's disk failed" }],
  [13, FULL],
]);

/**
 * Runs calls in one transaction: one fsync for all. On a full disk nothing is accepted, and the rest is done all the
 * same, in what was reserved for it: a queue that could not let go of an event would stay full for ever.
 */
export function runTogether(file: QueueFile, reserve: Reserve, calls: readonly Call[]): Outcome[] {
  let refused = hasRoom(file, reserve) ? undefined : FULL;
  if (!refused) {
    const together = attempt(file, calls);
    if ("outcomes" in together) return together.outcomes;
    refused = together.failure;
  }
  const others = calls.filter(({ method }) => method !== "accept");
  const done = others.length > 0 ? letGo(file, reserve, others) : { outcomes: [] };
  let next = 0;
  return calls.map(({ method }) => {
    if (method === "accept") return { failure: refused };
    if ("failure" in done) return done;
    return done.outcomes[next++] ?? { failure: refused };
  });
}

function hasRoom(file: QueueFile, reserve: Reserve): boolean {
  if (reserve.isHeld || reserve.take()) return true;
  return shrunk(file) && reserve.take();
}

/** Whether it could be shrunk: a disk that is full to the last byte may have no room even for that. */
function shrunk(file: QueueFile): boolean {
  try {
    file.shrink();
    return true;
  } catch {
    return false;
  }
}

type Attempt = { readonly outcomes: readonly Outcome[] } | { readonly failure: Failure };

function letGo(file: QueueFile, reserve: Reserve, calls: readonly Call[]): Attempt {
  const first = attempt(file, calls);
  if ("outcomes" in first || first.failure !== FULL) return first;
  reserve.release();
  shrunk(file);
  return attempt(file, calls);
}

function attempt(file: QueueFile, calls: readonly Call[]) {
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

function failureOf(error: unknown): Failure {
  const code = error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : 0;
  return LACKS.get(code) ?? { message: format(error) };
}
