import { invalid } from "@oms/chassis/errors/service-error.ts";
import type { Connection } from "./connection.ts";
import type { Opened } from "./opened.ts";

/** Where the branches are: those of the scheduler, which commits all the time, may have a database of their own. */
export class Databases {
  /** With what the kernel keeps beside the branches. */
  readonly main: Opened;
  readonly #scheduler: Opened;

  constructor(main: Opened, scheduler: Opened | undefined) {
    this.main = main;
    this.#scheduler = scheduler ?? main;
  }

  get all(): readonly Opened[] {
    return [...new Set([this.main, this.#scheduler])];
  }

  of(branch: string): Opened {
    return branch.split("/")[1] === "scheduler" ? this.#scheduler : this.main;
  }

  /** Runs `method` where the branch is. */
  readonly run = <R>(branch: string, method: (connection: Connection) => Promise<R>): Promise<R> =>
    this.of(branch).run(method);

  /** @throws INVALID_ARGUMENT on `field`, which named `branch`, when that is not where the `other` branch is. */
  requireTogether(other: string, branch: string, field: string): void {
    if (this.of(branch) !== this.of(other))
      throw invalid(field, `must be kept in the database that has ${other}`);
  }
}
