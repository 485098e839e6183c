import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Dispatcher } from "../dispatch/dispatcher.ts";
import { authorityOf } from "../plan/plan.ts";
import type { Strangler } from "../strangle.ts";
import { Exchange } from "./exchange.ts";
import type { Link, OpenLink } from "./link.ts";
import { peek } from "./peek.ts";
import { BUFFERED_BYTES } from "./service.ts";

/** The call of a request; one too large to be read has no arguments. */
type Question = {
  readonly method: string;
  readonly args: unknown[] | undefined;
  readonly within?: <R>(run: () => R) => R;
};

/** A route whose types were checked where it was made. */
export type AnyRoute = { readonly ask: (body: unknown) => Question; readonly large: string };

type Options<Res> = {
  readonly strangler: Strangler;
  readonly capability: string;
  readonly send: (response: Res, value: unknown) => void;
};

/** A request's body, or its beginning when it is too large to be held. */
type Body = { readonly bytes: Buffer; readonly size: number; readonly whole: boolean };

/** The requests of one route. */
export class Routing<Res extends ServerResponse> {
  readonly #options: Options<Res>;
  readonly #route: AnyRoute;
  readonly #link: OpenLink;
  readonly #dispatchers = new Map<string, Dispatcher>();

  constructor(options: Options<Res>, route: AnyRoute, link: OpenLink) {
    this.#options = options;
    this.#route = route;
    this.#link = link;
  }

  /** Answers a request, or resolves with false and leaves it as it was. Rejects with the error to answer with. */
  async take(request: IncomingMessage, response: Res): Promise<boolean> {
    const { fixed } = this.#dispatcher(this.#route.large);
    if (fixed && authorityOf(fixed) === "in-process") return false;
    if (!isPlainJson(request.headers)) return false;
    const link = await this.#link()?.catch(() => undefined);
    if (!link) return false;
    const body = await bodyOf(request).catch(() => undefined);
    // The caller left in the middle of its request.
    if (!body) return true;
    const question = this.#questionOf(body);
    if (!question) return false;
    const conduct = () => this.#conduct(question, body, { link, request, response });
    return question.within ? question.within(conduct) : conduct();
  }

  async #conduct(
    { method, args }: Question,
    { bytes, size }: Body,
    { link, request, response }: { link: Link; request: IncomingMessage; response: Res },
  ): Promise<boolean> {
    const dispatcher = this.#dispatcher(method);
    const stage = dispatcher.stage(args);
    if (authorityOf(stage) === "in-process") return false;
    const send = args ? link.hold(request, bytes) : link.stream(request, response);
    const { service } = link;
    const exchange = new Exchange({ service, request, response, send, bytes: size, streams: !args });
    const said = await dispatcher.conduct(stage, { args, way: exchange });
    if (exchange.begun || response.destroyed) return true;
    if (said.side === "extracted" && said.outcome.kind !== "failure") exchange.reply();
    else this.#options.send(response, dispatcher.settle(said));
    return true;
  }

  /** Undefined for what asks nothing. */
  #questionOf({ bytes, whole }: Body): Question | undefined {
    if (!whole) return { method: this.#route.large, args: undefined };
    try {
      return this.#route.ask(JSON.parse(bytes.toString()));
    } catch {
      return undefined;
    }
  }

  #dispatcher(method: string): Dispatcher {
    const known = this.#dispatchers.get(method);
    if (known) return known;
    const { strangler, capability } = this.#options;
    const dispatcher = strangler.dispatcher(capability, method);
    this.#dispatchers.set(method, dispatcher);
    return dispatcher;
  }
}

async function bodyOf(request: IncomingMessage): Promise<Body> {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > BUFFERED_BYTES) return { bytes: Buffer.alloc(0), size: declared, whole: false };
  const { bytes, whole } = await peek(request, BUFFERED_BYTES);
  return { bytes, size: bytes.length, whole };
}

const PLAIN_JSON = /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i;

/** A body that can be read as it is; what else there may be is for the route's own handler to read or refuse. */
function isPlainJson(headers: IncomingHttpHeaders): boolean {
  const { "content-type": type = "", "content-length": length, "transfer-encoding": framing } = headers;
  const hasBody = framing !== undefined || Number(length ?? 0) > 0;
  return hasBody && PLAIN_JSON.test(type) && headers["content-encoding"] === undefined;
}
