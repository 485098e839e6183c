import type { IncomingHttpHeaders } from "node:http";

/** What a service answered; of a body over BUFFERED_BYTES, its beginning. */
export type Answer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
};

/** The extracted side as its own REST offers it. Its functions are called within the context of the call. */
export type HttpService = {
  /** Its origin; paths are those of the requests that are routed to it. */
  readonly url: URL;
  /** Whether a header is a word among our own processes, which never crosses from or to a caller; lower case. */
  readonly internal: (header: string) => boolean;
  /** The call's context. */
  readonly headers: () => Readonly<Record<string, string>>;
  /** Takes note of what an answer says of itself, such as the build that gave it. */
  readonly answered: (headers: IncomingHttpHeaders) => void;
  /** The error that an answer stands for; undefined when it is a value. */
  readonly errorOf: (answer: Answer) => Error | undefined;
  /** The error of a service that did not answer, or stopped in the middle of it. */
  readonly unreachable: (cause: unknown) => Error;
};

/** Bodies of requests and answers up to this size are held back, for fallback and comparison. */
export const BUFFERED_BYTES = 2 ** 20;
