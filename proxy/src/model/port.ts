type AsyncMethod = (...args: never[]) => Promise<unknown>;

export type Args<M> = M extends (...args: infer A) => Promise<unknown> ? A : never;
export type Answer<M> = M extends (...args: never[]) => Promise<infer R> ? R : never;

/** Async methods only: anything else (streams, unsubscribe callbacks, properties) does not compile. */
export type Port<T> = { readonly [K in keyof T]: T[K] extends AsyncMethod ? T[K] : never };
