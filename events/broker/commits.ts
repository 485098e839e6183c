import type { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Broker } from "./broker.ts";

/** A message of COMMITS. */
export type CommitMessage = {
  readonly subject: string;
  /** The event in the JSON format. */
  readonly body: string;
  /** identityOf its event. */
  readonly messageId: string;
  /** digestOf its event. */
  readonly digest: string;
  /** Where in its branch's log it stands: the header Oms-Position. */
  readonly position: string;
};

/** Where the stream ends, and where one of its subjects does: sequence 0 and position "" when nothing is there. */
export type Tail = {
  readonly lastSequence: number;
  readonly sequence: number;
  readonly position: string;
  /** How large a message may be, in bytes, with its headers. */
  readonly maxBytes: number;
};

/** As many as were stored, from the first on; `refusal` says why the next one was not. */
export type Appended = { readonly sequences: readonly number[]; readonly refusal?: ServiceError };

/** The stream of commits, which the relay alone writes. */
export class CommitsLog {
  readonly #broker: Broker;

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /** UNAVAILABLE while NATS is away. */
  tail(_subject: string): Promise<Tail> {
    return Promise.reject(this.#broker);
  }

  /**
   * Pipelined: each message right behind the one before, the first behind `lastSequence`. Refusals: ABORTED on
   * `lastSequence` when the stream has gone on; RESOURCE_EXHAUSTED on `data`; ALREADY_EXISTS on `id`; UNAVAILABLE, and
   * then what is behind `sequences` may be stored all the same: the tail says. A message that was there already counts
   * as stored, with the sequence it has.
   */
  append(_messages: readonly CommitMessage[], _lastSequence: number): Promise<Appended> {
    return Promise.reject(this.#broker);
  }
}
