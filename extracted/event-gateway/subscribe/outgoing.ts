/** What waits to be sent on a stream: put as it comes, taken as fast as it is sent. */
export class Outgoing<T> {
  #items: T[] = [];
  #end: { readonly error?: unknown } | undefined;
  #wake: () => void = () => {};

  get length(): number {
    return this.#items.length;
  }

  put(item: T): void {
    this.#items.push(item);
    this.#wake();
  }

  /** What still waits is not sent; the first end counts. */
  end(error?: unknown): void {
    this.#end ??= error === undefined ? {} : { error };
    this.#items = [];
    this.#wake();
  }

  async *taken(): AsyncGenerator<T, void, undefined> {
    for (;;) {
      if (this.#end) {
        if (this.#end.error !== undefined) throw this.#end.error;
        return;
      }
      const item = this.#items.shift();
      if (item !== undefined) yield item;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
