import type { Broker } from "./broker.ts";

/** What a subscriber was given too often without success. */
export type DeadLetter = {
  /** Its sequence in the stream of dead letters. */
  readonly id: number;
  readonly subscriber: string;
  /** The event in the JSON format. */
  readonly event: string;
  readonly reason: string;
  readonly attempts: number;
  /** Unix milliseconds. */
  readonly deadMs: number;
  /** Where it stood in the stream it came from. */
  readonly stream: string;
  readonly sequence: number;
};

export type DeadLetterPage = { readonly deadLetters: readonly DeadLetter[]; readonly nextPageToken?: string };

/** The dead letters of an environment. */
export class DeadLetters {
  readonly #broker: Broker;
  readonly #env: string;

  constructor(broker: Broker, env: string) {
    this.#broker = broker;
    this.#env = env;
  }

  /** Newest first; of one subscriber, or of all. INVALID_ARGUMENT on `pageToken`. */
  list(_asked: {
    readonly subscriber?: string;
    readonly pageSize: number;
    readonly pageToken?: string;
  }): Promise<DeadLetterPage> {
    return Promise.reject([this.#broker, this.#env]);
  }

  /** Brings it to its subscriber again, and to no other. NOT_FOUND on `id` when there never was one. */
  replay(_id: number): Promise<void> {
    return Promise.reject();
  }

  /** NOT_FOUND on `id` when there never was one. */
  discard(_id: number): Promise<void> {
    return Promise.reject();
  }
}
