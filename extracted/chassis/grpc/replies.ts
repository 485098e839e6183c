import { type CallContext, runInContext } from "../context/context.ts";

/** What a nice-grpc middleware passes on: the messages of a stream, or the one answer of a unary call. */
// biome-ignore lint/suspicious/noConfusingVoidType: nice-grpc spells the end of a stream so
export type Replies<R> = AsyncGenerator<R, R | void, undefined>;

/** A generator runs in the context of whoever asks for its next value, so every asking enters `context`. */
export function inContext<R>(context: CallContext, replies: Replies<R>): Replies<R> {
  return {
    next: () => runInContext(context, () => replies.next()),
    return: (value) => runInContext(context, () => replies.return(value)),
    throw: (error) => runInContext(context, () => replies.throw(error)),
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: () => replies[Symbol.asyncDispose](),
  };
}

/** `replies` from its `first`, which has been taken already. */
export async function* startingWith<R>(
  first: Awaited<ReturnType<Replies<R>["next"]>>,
  replies: Replies<R>,
): Replies<R> {
  if (first.done) return first.value;
  try {
    yield first.value;
    return yield* replies;
  } finally {
    await replies.return();
  }
}
