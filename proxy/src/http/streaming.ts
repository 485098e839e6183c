import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { createProxyMiddleware } from "http-proxy-middleware";
import { poolOf, type Send } from "./outgoing.ts";

/** A request that was handed over and has no answer yet. */
type Underway = {
  readonly answered: (answer: IncomingMessage) => void;
  readonly failed: (error: Error) => void;
  outgoing?: ClientRequest;
  /** Why it was given up while it still waited for a connection. */
  cancelled?: Error;
};

/** Sends bodies as they come, on connections of their own: slow callers take none from those who are quick. */
export function streaming(url: URL): (request: IncomingMessage, response: ServerResponse) => Send {
  const underway = new WeakMap<IncomingMessage, Underway>();
  const failed = (error: Error, request: IncomingMessage) => underway.get(request)?.failed(error);
  const proxy = createProxyMiddleware({
    target: url.href,
    changeOrigin: true,
    agent: poolOf(url),
    selfHandleResponse: true,
    on: {
      proxyReq(outgoing, request) {
        const known = underway.get(request);
        if (known) known.outgoing = outgoing;
        if (known?.cancelled) outgoing.destroy(known.cancelled);
      },
      proxyRes: (answer, request) => underway.get(request)?.answered(answer),
      error: failed,
      econnreset: failed,
    },
  });
  return (request, response) => (headers) => {
    const { promise: answer, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const sent: Underway = { answered: resolve, failed: reject };
    underway.set(request, sent);
    // It sends what the request itself says, so the request says what the service may know.
    request.headers = headers as IncomingHttpHeaders;
    proxy(request, response).catch(reject);
    let written = 0;
    return {
      answer,
      arriving() {
        const before = written;
        written = sent.outgoing?.socket?.bytesWritten ?? 0;
        return !request.complete && (written > before || sent.outgoing?.writableNeedDrain === false);
      },
      cancel(reason) {
        reject(reason);
        sent.cancelled = reason;
        sent.outgoing?.destroy(reason);
      },
    };
  };
}
