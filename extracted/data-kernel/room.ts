import { PAGE_BYTES } from "./limits.ts";
import type { Commit, Document } from "./store/port.ts";

/** Tags, lengths and numbers of one document, write, change or commit on the wire. */
const FRAMING_BYTES = 64;

/** What is left of a page, an answer or a frame. */
export class Room {
  #left = PAGE_BYTES;
  #empty = true;

  /** False when `bytes` more are too many; the first always fit. */
  takes(bytes: number): boolean {
    if (bytes > this.#left && !this.#empty) return false;
    this.#left -= bytes;
    this.#empty = false;
    return true;
  }
}

/** The first of `items` that fit one answer. */
export function fitting<T>(items: readonly T[], bytesOf: (item: T) => number): T[] {
  const room = new Room();
  const end = items.findIndex((item) => !room.takes(bytesOf(item)));
  return items.slice(0, end === -1 ? items.length : end);
}

export function documentBytes({ id, type, body, revision }: Document): number {
  return messageBytes(id, type, body, revision);
}

export function commitBytes({ id, key, branch, author, message, traceId }: Commit): number {
  return messageBytes(id, key, branch, author, message, traceId);
}

/** What a message of these texts takes on the wire, at most. */
export function messageBytes(...texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), FRAMING_BYTES);
}
