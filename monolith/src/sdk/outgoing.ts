/** What a stream of requests is still to send, in order; it waits for more until it is ended. */
export class Outgoing<T> implements AsyncIterable<T> {
  readonly #waiting: T[] = [];
  #ended: boolean = false;
  #wake: () => void = () => undefined;

  /** After the end it is forgotten. */
  send(message: T): void {
    if (this.#ended) return;
    this.#waiting.push(message);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next !== undefined) yield next;
      else if (this.#ended) return;
      else {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#wake = resolve;
        await promise;
      }
    }
  }
}
