import type { Settlement } from "../delivery.ts";

/** What may be counted of a broker. */
export type BrokerObserver = {
  /** A publish has its answer, after so many seconds. */
  readonly published: (outcome: "stored" | "duplicate" | "refused" | "unavailable", seconds: number) => void;
  /** A delivery has been settled: `attempt` over 1 was a redelivery. */
  readonly settled: (subscriber: string, as: Settlement["as"], attempt: number) => void;
};
