import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";

const CHUNK_BYTES = 1024 * 1024;
/** Left over beside the reserve: what was freed is needed for letting go of events first. */
const BESIDE_BYTES = 2 * CHUNK_BYTES;

/**
 * Room on the disk that is given up when there is no other: even letting go of an event takes some. While it is not
 * held no event should be accepted.
 */
export class Reserve {
  readonly #path: string;
  readonly #bytes: number;
  #isHeld: boolean;

  constructor(path: string, bytes: number) {
    this.#path = path;
    this.#bytes = bytes;
    this.#isHeld = statSync(path, { throwIfNoEntry: false })?.size === bytes;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  release(): void {
    rmSync(this.#path, { force: true });
    this.#isHeld = false;
  }

  /** Holds it where the disk has the room; whether it is held now. */
  take(): boolean {
    if (!this.#fits()) return false;
    try {
      this.#write();
      this.#isHeld = true;
    } catch {
      // Somebody else took the room meanwhile: it is tried again.
      this.release();
    }
    return this.#isHeld;
  }

  #fits(): boolean {
    const { bavail, bsize } = statfsSync(dirname(this.#path));
    return bavail * bsize >= this.#bytes + BESIDE_BYTES;
  }

  /** Not zeros, which some disks do not keep. */
  #write(): void {
    const file = openSync(this.#path, "w");
    try {
      for (let left = this.#bytes; left > 0; ) {
        left -= writeSync(file, randomBytes(Math.min(left, CHUNK_BYTES)));
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }
}
