import type { IncomingMessage, ServerResponse } from "node:http";
import type { Args } from "../model/port.ts";
import type { Strangler } from "../strangle.ts";
import { linkTo } from "./link.ts";
import { type AnyRoute, Routing } from "./routing.ts";
import type { HttpService } from "./service.ts";

/** The door's call that a request stands for. */
export type Asked<T> = {
  readonly [K in keyof T & string]: {
    readonly method: K;
    readonly args: Args<T[K]>;
    /** Runs what follows in the context the door's caller would make the call in. */
    readonly within?: <R>(run: () => R) => R;
  };
}[keyof T & string];

export type HttpRoute<T> = {
  /** What a JSON body asks. Throws on what asks nothing: that is left to the route's own handler to refuse. */
  readonly ask: (body: unknown) => Asked<T>;
  /** The method that bodies of over a megabyte are counted under; they are not read. */
  readonly large: keyof T & string;
};

export type HttpOptions<Res extends ServerResponse> = {
  readonly strangler: Strangler;
  /** Strangled by then. */
  readonly capability: string;
  /** Asked for when a request is first routed; undefined while there is no way to route it. */
  readonly service: () => Promise<HttpService> | undefined;
  /** Answers with what the in-process side said. */
  readonly send: (response: Res, value: unknown) => void;
};

type Next = (error?: unknown) => void;
export type Middleware<Res> = (request: IncomingMessage, response: Res, next: Next) => void;

/**
 * Takes requests straight to the service's own REST while the stage gives it authority, under the plan, breaker and
 * ledger of the door; everything else goes on to the route's own handler, its body unread. To be mounted before
 * anything reads bodies, inside the caller's context.
 */
export function routeHttp<T, Res extends ServerResponse>(
  options: HttpOptions<Res>,
): (route: HttpRoute<T>) => Middleware<Res> {
  const link = linkTo(options.service);
  return (route) => {
    // What follows handles every port alike; here its types were checked, and are set aside.
    const routing = new Routing(options, route as AnyRoute, link);
    return (request, response, next) => {
      routing.take(request, response).then((taken) => taken || next(), next);
    };
  };
}
