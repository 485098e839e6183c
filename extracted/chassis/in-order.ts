/**
 * What `work` makes of each item, in the order of the items; at most `most` are worked on or wait to be taken, and
 * no item is read beyond them. Ends with the first failure, of `items` or of `work`, after the answers before it.
 */
export async function* inOrder<T, R>(
  items: AsyncIterable<T>,
  most: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const source = items[Symbol.asyncIterator]();
  const answers: Promise<R>[] = [];
  let reading: Promise<void> | undefined;
  let ended = false;
  const add = (answer: Promise<R>) => {
    // Its failure is told when its turn comes, which may be never.
    answer.catch(() => {});
    answers.push(answer);
  };
  const read = async () => {
    try {
      const next = await source.next();
      if (next.done) ended = true;
      else add(work(next.value));
    } catch (error) {
      ended = true;
      add(Promise.reject(error));
    } finally {
      reading = undefined;
    }
  };
  try {
    for (;;) {
      if (!ended && answers.length < most) reading ??= read();
      const answered = answers[0]?.then((value) => ({ value }));
      if (!answered && !reading) return;
      const first = await Promise.race([answered, reading].filter((each) => each !== undefined));
      if (!first) continue;
      void answers.shift();
      yield first.value;
    }
  } finally {
    // Not awaited: a source that is being read closes when that read ends, which may be when its reader is gone.
    source.return?.().catch(() => {});
  }
}
