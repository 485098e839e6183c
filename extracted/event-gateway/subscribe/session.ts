import { invalid } from "@oms/chassis/errors/service-error.ts";
import type { Bound, Delivery, Settle } from "@oms/protos/oms/events/v1/events.ts";

/** What an open stream of Subscribe does with what its client says after `bind`. */
export type Session = {
  /** Resolves when the subscription stands. */
  readonly bound: Promise<Bound>;
  readonly settle: (settle: Settle) => void;
  readonly more: (credit: number) => void;
  /** What is not settled is given back. */
  readonly stop: () => Promise<void>;
};

/** How a session tells its client. */
export type Client = {
  readonly deliver: (delivery: Delivery) => void;
  /** Ends the stream. */
  readonly fail: (error: unknown) => void;
};

const MOST_CREDIT = 1000;

/** Adds to a credit. @throws INVALID_ARGUMENT on `field` when that is none, or would be more than may be. */
export function withMore(credit: number, more: number, field: string): number {
  if (more < 1 || credit + more > MOST_CREDIT)
    throw invalid(field, `must be at least 1 and leave no more than ${MOST_CREDIT} unsettled`);
  return credit + more;
}
