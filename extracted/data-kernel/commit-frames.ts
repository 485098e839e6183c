import { invalid, tooLarge } from "@oms/chassis/errors/service-error.ts";
import type { z } from "zod";
import { Fingerprint } from "./fingerprint.ts";
import { MAX_COMMIT_BYTES, MAX_COMMIT_WRITES } from "./limits.ts";
import { frameInput, termsInput } from "./request.ts";
import type { Committed, Precondition, Staging, Store } from "./store/port.ts";
import { refuseLiveInShadow, termsOf } from "./terms.ts";
import { parse } from "./validation.ts";

type Frame = z.output<typeof frameInput>;
type Terms = z.output<typeof termsInput>;
type Desk = { readonly store: Store; readonly now: () => number };

/**
 * A commit whose request is more than one message holds, and its answer in as many: each has the next of the
 * changes. The kernel never holds more than a frame of it. Whoever stops before the last frame has committed nothing.
 */
export async function* commitFrames(frames: AsyncIterable<unknown>, desk: Desk): AsyncGenerator<Committed> {
  let upload: Upload | undefined;
  try {
    for await (const input of frames) {
      const frame = parse(frameInput, input, upload?.counts);
      if (upload && frame.terms !== undefined) throw invalid("terms", "must be in the first frame alone");
      upload ??= new Upload(parse(termsInput, frame.terms ?? {}), desk);
      await upload.add(frame);
      if (!frame.last) continue;
      yield* upload.finish();
      return;
    }
    throw invalid("last", "must be true in the last frame");
  } finally {
    // What is left is nobody's to see and ends with the process; what became of the commit is to be told.
    await upload?.discard().catch(() => undefined);
  }
}

class Upload {
  readonly #terms: Terms;
  readonly #desk: Desk;
  readonly #staging: Staging;
  readonly #fingerprint = new Fingerprint();
  readonly #preconditions: Precondition[] = [];
  #writes = 0;
  #bytes = 0;

  constructor(terms: Terms, desk: Desk) {
    refuseLiveInShadow(terms.mode);
    this.#terms = terms;
    this.#desk = desk;
    this.#staging = desk.store.stage(terms.mode);
  }

  /** How many there are so far: what a frame's own are counted from. */
  get counts(): Readonly<Record<string, number>> {
    return { writes: this.#writes, preconditions: this.#preconditions.length };
  }

  /** @throws RESOURCE_EXHAUSTED on `writes` or `preconditions` when the commit becomes larger than one may be. */
  async add({ writes, preconditions }: Frame): Promise<void> {
    this.#writes += writes.length;
    this.#preconditions.push(...preconditions);
    for (const write of writes) this.#bytes += "put" in write ? Buffer.byteLength(write.put.body) : 0;
    const most = `must be at most ${MAX_COMMIT_WRITES}`;
    if (this.#writes > MAX_COMMIT_WRITES) throw tooLarge("writes", most);
    if (this.#preconditions.length > MAX_COMMIT_WRITES) throw tooLarge("preconditions", most);
    if (this.#bytes > MAX_COMMIT_BYTES) {
      throw tooLarge("writes", `must be at most ${MAX_COMMIT_BYTES} bytes`);
    }
    this.#fingerprint.add(writes);
    await this.#staging.add(writes);
  }

  finish(): AsyncGenerator<Committed> {
    if (this.#writes === 0) throw invalid("writes", "must not be empty");
    return this.#terms.mode === "live" ? this.#commit() : this.#evaluate();
  }

  discard(): Promise<void> {
    return this.#staging.discard();
  }

  async *#commit(): AsyncGenerator<Committed> {
    let answer = await this.#staging.commit(this.#commitTerms());
    let skip = answer.changes.length;
    yield answer;
    const { commit, at: after } = answer;
    while (answer.more && commit) {
      const asked = { branch: commit.branch, after, at: commit.id, skip, limit: 1 };
      const { commits, more } = await this.#desk.store.changes(asked);
      const changes = commits[0]?.changes ?? [];
      skip += changes.length;
      answer = { ...answer, changes, more };
      yield answer;
    }
  }

  async *#evaluate(): AsyncGenerator<Committed> {
    const terms = this.#commitTerms();
    let { at } = this.#terms;
    let skip = 0;
    for (;;) {
      const answer = await this.#staging.evaluate({ ...terms, at, skip });
      yield answer;
      if (!answer.more) return;
      at = answer.at;
      skip += answer.changes.length;
    }
  }

  #commitTerms() {
    const fingerprint = this.#terms.fingerprint || this.#fingerprint.digest();
    return termsOf({ ...this.#terms, fingerprint, preconditions: this.#preconditions }, this.#desk.now());
  }
}
