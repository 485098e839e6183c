import { Room } from "../../room.ts";

/** The first of what there is, as many as one answer holds, known by their size before they are read. */
export class Chosen<T extends { readonly bytes: number }> {
  readonly all: T[] = [];
  readonly #room: Room;
  #skip: number;
  #left = 0;

  /** Without the first `skip`. */
  constructor(skip = 0, room = new Room()) {
    this.#skip = skip;
    this.#room = room;
  }

  /** There was something that did not fit. */
  get more(): boolean {
    return this.#left > 0;
  }

  add(item: T): void {
    if (this.#skip > 0) this.#skip -= 1;
    else if (this.#left === 0 && this.#room.takes(item.bytes)) this.all.push(item);
    else this.#left += 1;
  }
}
