import type { ErrorCode } from "@oms/chassis/errors/service-error.ts";
import type { Envelope } from "./envelope.ts";
import type { Event } from "./event.ts";

/**
 * What OMS asks of publishing; both sides implement it. Errors are ServiceErrors with the attribute as field:
 * INVALID_ARGUMENT, ALREADY_EXISTS on `id` (another event has this name), FAILED_PRECONDITION on `type` (no stream
 * takes it), RESOURCE_EXHAUSTED. UNAVAILABLE: nobody has the event, and the same one may be published again.
 */
export type Publisher = {
  readonly publish: (event: Event) => Promise<Receipt>;
  /** One that is not valid refuses all; of valid ones each has its own result, in their order. */
  readonly publishBatch: (events: readonly Event[]) => Promise<readonly PublishResult[]>;
};

/**
 * `stored`: JetStream has it. `queued`: the gateway's disk has it. `committed`: the kernel's outbox has it.
 * `recorded`: a shadow call, nobody has it.
 */
export type Outcome = "stored" | "queued" | "committed" | "recorded";

export type Receipt = {
  readonly source: string;
  readonly id: string;
  readonly outcome: Outcome;
  /** Of what is stored. */
  readonly stream?: string;
  readonly sequence?: number;
  readonly duplicate?: boolean;
  /** Of a call that is compared. */
  readonly envelope?: Sent;
};

/** An envelope, fit to be compared. */
export type Sent = Omit<Envelope, "body"> & { readonly bytes: number };

export type Refusal = { readonly code: ErrorCode; readonly message: string; readonly field: string };
export type PublishResult = { readonly receipt: Receipt } | { readonly refusal: Refusal };
