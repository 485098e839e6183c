import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { Ended } from "./ended.ts";

/** Of one execution, both streams together. */
const MOST_BYTES = 4 * 1024 * 1024;
const TAIL_BYTES = 4096;

/** What a child writes: its last words are kept, the rest is dropped, and `flooded` is called when it is too much. */
export class Output {
  #bytes = 0;
  #tail = "";
  readonly #flooded: () => void;

  constructor({ stdout, stderr }: ChildProcess, flooded: () => void) {
    this.#flooded = flooded;
    const streams: (Readable | null)[] = [stdout, stderr];
    for (const stream of streams) stream?.on("data", (chunk: Buffer) => this.#take(chunk, stream === stderr));
  }

  /** Another execution begins. */
  forget(): void {
    this.#bytes = 0;
    this.#tail = "";
  }

  /** What its end says of it. */
  endedWith(code: number | null, signal: NodeJS.Signals | null): Ended {
    if (/heap out of memory|Array buffer allocation failed/.test(this.#tail))
      return new Ended("out-of-memory", "has used up its memory");
    const how = signal === null ? `exited with ${code}` : `was ended by ${signal}`;
    const why = this.#tail.split("\n").findLast((line) => /^(\w*Error|\[?Error)\b/.test(line));
    return new Ended("crashed", why === undefined ? how : `${how}: ${why.slice(0, 300)}`);
  }

  #take(chunk: Buffer, isError: boolean): void {
    this.#bytes += chunk.length;
    if (this.#bytes > MOST_BYTES) this.#flooded();
    if (isError) this.#tail = (this.#tail + chunk.toString("utf8")).slice(-TAIL_BYTES);
  }
}
