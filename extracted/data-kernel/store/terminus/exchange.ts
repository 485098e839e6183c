import { createBreaker } from "@oms/chassis/grpc/breaker.ts";
import { Refused, refusalOf } from "./errors.ts";

export type Call = {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** After `/api/`; its parts are ours and need no escaping. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** For a read whose parameters are too many for a URL. */
  readonly readByPost?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
};

/** `commit` is the one answered from, or made: the server's own id, "" where the answer has none. */
export type Answer = { readonly body: unknown; readonly commit: string };

export type ExchangeOptions = {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Until the whole answer is there. */
  readonly timeoutMs: number;
};

/** Bodies are slow in proportion: this many bytes are worth one more millisecond. */
const BYTES_PER_MS = 1000;

/** One HTTP exchange at a time with one server, behind a breaker that opens on what is no answer. */
export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #authorization: string;
  readonly #breaker = createBreaker("the store");

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#authorization = `Basic ${Buffer.from(`${options.user}:${options.password}`).toString("base64")}`;
  }

  /** @throws Refused for every answer but a success; ServiceError UNAVAILABLE while the breaker is open. */
  async ask(call: Call): Promise<Answer> {
    const outcome = await this.#breaker.run(async () => {
      const reply = await this.#send(call);
      if (reply instanceof Refused && reply.isFailure) throw reply;
      return reply;
    });
    if (outcome instanceof Refused) throw outcome;
    return outcome;
  }

  close(): void {
    this.#breaker.close();
  }

  async #send(call: Call): Promise<Answer | Refused> {
    const text = call.body === undefined ? undefined : asciiJson(call.body);
    const ms = Math.ceil(this.#options.timeoutMs + (text?.length ?? 0) / BYTES_PER_MS);
    try {
      const response = await fetch(this.#urlOf(call), {
        method: call.readByPost ? "POST" : call.method,
        headers: this.#headersOf(call),
        signal: AbortSignal.timeout(ms),
        ...(text !== undefined && { body: text }),
      });
      const body = parsed(await response.text());
      if (!response.ok) return refusalOf(response.status, body);
      if (body instanceof SyntaxError) throw body;
      return { body, commit: response.headers.get("terminusdb-data-version")?.split(":")[1] ?? "" };
    } catch (error) {
      return new Refused("UNAVAILABLE", "", `${call.method} ${this.#urlOf(call)} got no answer`, error);
    }
  }

  #urlOf({ path, query }: Call): string {
    const search = query === undefined ? "" : `?${new URLSearchParams(query)}`;
    return `${this.#options.url.replace(/\/$/, "")}/api/${path}${search}`;
  }

  #headersOf({ method, body, readByPost, headers }: Call): Record<string, string> {
    return {
      authorization: this.#authorization,
      // Without a charset: with one, servers before 12.0.6 answer 200 and store nothing.
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(readByPost && { "x-http-method-override": method }),
      ...headers,
    };
  }
}

/** A success without a whole body was cut off: as good as no answer. An error may have any body. */
function parsed(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
}

/** JSON that no charset can spoil. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
