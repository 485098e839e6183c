import { documentBytes, Room } from "../room.ts";
import type { Change } from "./port.ts";

/** The first changes of a commit, as many as one answer holds. */
export class Told {
  readonly changes: Change[] = [];
  readonly #room = new Room();
  #left = 0;

  /** There were changes that did not fit. */
  get more(): boolean {
    return this.#left > 0;
  }

  add(change: Change): void {
    const fits = this.#left === 0 && this.#room.takes(documentBytes(change.document));
    if (fits) this.changes.push(change);
    else this.#left += 1;
  }
}
