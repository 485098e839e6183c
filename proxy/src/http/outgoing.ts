import http, { type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import https from "node:https";

/** A request on its way to the service. */
export type Outgoing = {
  /** Its answer, once the head is there; rejects when there is none. */
  readonly answer: Promise<IncomingMessage>;
  /** Whether the caller is still sending, and it is not the service that holds it up. */
  readonly arriving: () => boolean;
  /** Gives the connection up. */
  readonly cancel: (reason: Error) => void;
};

/** Sends one request, once, with these headers. */
export type Send = (headers: OutgoingHttpHeaders) => Outgoing;

/** Calls under way at once; the others wait for a connection, within their deadline. */
const CONNECTIONS = 128;

/** Connections to `url` that are kept alive. */
export function poolOf(url: URL): http.Agent {
  const { Agent } = url.protocol === "https:" ? https : http;
  return new Agent({ keepAlive: true, maxSockets: CONNECTIONS, maxFreeSockets: CONNECTIONS });
}

/**
 * Sends bodies that are held whole. Not by http-proxy-middleware: it cuts the caller off when the service is cut off
 * in the middle of its answer, even when the caller has seen nothing of it and in-process could still answer.
 */
export function holding(url: URL): (request: IncomingMessage, body: Buffer) => Send {
  const agent = poolOf(url);
  const { request: open } = url.protocol === "https:" ? https : http;
  const { protocol, hostname, port } = url;
  return (request, body) => (headers) => {
    const { method, url: path } = request;
    const outgoing = open({ agent, protocol, hostname, port, method, path, headers });
    const { promise: answer, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    outgoing.once("response", resolve).on("error", reject);
    outgoing.end(body);
    const cancel = (reason: Error) => {
      // One that still waits for a connection would not tell before it gets one.
      reject(reason);
      outgoing.destroy(reason);
    };
    return { answer, arriving: () => false, cancel };
  };
}
