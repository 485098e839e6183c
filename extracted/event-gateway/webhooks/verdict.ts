import type { Tried } from "./attempt.ts";

/** What an attempt means for its event and its endpoint. */
export type Verdict =
  | { readonly as: "delivered" }
  /** The endpoint is to be left alone. */
  | { readonly as: "gone"; readonly because: string }
  /** `counts`: against the event; it does not where the endpoint is away. */
  | { readonly as: "failed"; readonly counts: boolean };

const GONE = 410;
/** Whoever says so would say it of any event. */
const NOT_NOW: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** `wasProbe`: the breaker was not closed, so that it was known before that the endpoint may be away. */
export function verdictOn({ status, error }: Pick<Tried, "status" | "error">, wasProbe: boolean): Verdict {
  if (error === "") return { as: "delivered" };
  if (status === GONE) return { as: "gone", because: "the endpoint answered 410 Gone" };
  return { as: "failed", counts: !(wasProbe && isAway(status)) };
}

/** The endpoint does not answer, or answers that it is out of order. */
export function isDown(status: number): boolean {
  return isAway(status) || status >= 500;
}

function isAway(status: number): boolean {
  return status === 0 || NOT_NOW.has(status);
}
