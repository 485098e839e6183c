import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { Every } from "@oms/jobs/every.ts";
import { Timekeeping, type TimekeepingParts } from "./timekeeping.ts";

/** How often jobs that cannot be read are tried again, in milliseconds. */
const AGAIN_MS = 500;

/** The timekeeping of this instance, from when the jobs could first be read. */
export class Brain {
  readonly #opening: Every;
  #open: Timekeeping | undefined;

  constructor(parts: TimekeepingParts) {
    const { logger } = parts;
    this.#opening = new Every(
      async () => {
        this.#open ??= await Timekeeping.open(parts);
        this.#opening.end();
      },
      { everyMs: AGAIN_MS, log: logger, name: "reading the jobs" },
    );
    this.#opening.start();
  }

  /** @throws UNAVAILABLE until the jobs have been read. */
  get open(): Timekeeping {
    if (!this.#open) throw new ServiceError("UNAVAILABLE", "the jobs have not been read yet");
    return this.#open;
  }

  /** As soon as it can, and if it cannot yet whoever leads does. */
  look(id: string): void {
    this.#open?.look([id]);
  }

  async stop(): Promise<void> {
    await this.#opening.stop();
    await this.#open?.stop();
  }
}
