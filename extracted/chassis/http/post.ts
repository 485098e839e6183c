import type { LookupAddress, LookupOptions } from "node:dns";
import { lookup } from "node:dns/promises";
import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";

export type Post = {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Until there is a connection, in milliseconds. Absent: as long as the whole. */
  readonly connectMs?: number;
  /** Of the whole exchange, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Which addresses it may be sent to. */
  readonly permits: (address: string) => boolean;
};

export type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders };

/** Nothing was sent: the address is one that it may not be sent to. */
export class ForbiddenAddress extends Error {
  override readonly name = "ForbiddenAddress";

  constructor(host: string) {
    super(`${host} is at an address that nothing may be sent to`);
  }
}

/** What of an answer is read, and then thrown away. */
const MOST_BYTES = 64 * 1024;

/**
 * Posts once and resolves with what is said before the body, following nothing. The address is judged where it is
 * connected to, after the name was looked up: a name that resolves to another address the next time gains nothing.
 * @throws ForbiddenAddress
 */
export async function post(post: Post): Promise<Answer> {
  const host = hostOf(post.url);
  // An address is not looked up.
  if (isIP(host) && !post.permits(host)) throw new ForbiddenAddress(host);
  const timeout = AbortSignal.timeout(post.timeoutMs);
  const signal = AbortSignal.any([post.signal, timeout]);
  try {
    const response = await send(post, signal);
    // What has been said stands, however its body ends.
    await drain(response).catch(() => undefined);
    return { status: response.statusCode ?? 0, headers: response.headers };
  } catch (error) {
    if (timeout.aborted) throw new Error(`no answer within ${post.timeoutMs} ms`, { cause: error });
    throw error;
  }
}

/** The name or the address in a URL. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}

async function send(post: Post, signal: AbortSignal): Promise<IncomingMessage> {
  const { url, headers, body, permits, connectMs = post.timeoutMs } = post;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const secure = url.protocol === "https:";
  const options = {
    signal,
    lookup: permitted(permits),
    method: "POST",
    headers: { ...headers, "content-length": Buffer.byteLength(body) },
    // A connection of its own, whose address has been judged.
    agent: false,
  };
  const request = (secure ? requestHttps : requestHttp)(url, options, resolve).on("error", reject);
  const timer = setTimeout(
    () => request.destroy(new Error(`no connection within ${connectMs} ms`)),
    connectMs,
  );
  const connected = () => clearTimeout(timer);
  request.on("close", connected);
  request.on("socket", (socket) => socket.once(secure ? "secureConnect" : "connect", connected));
  request.end(body);
  return promise;
}

/** To its end or its limit, so that whoever answers can finish; what it says is not ours to keep. */
async function drain(response: IncomingMessage): Promise<void> {
  let bytes = 0;
  for await (const chunk of response) {
    bytes += (chunk as Buffer).length;
    if (bytes > MOST_BYTES) break;
  }
}

/** Looks a name up and refuses it when one of its addresses is not permitted. */
function permitted(permits: Post["permits"]): LookupFunction {
  return (hostname, options, callback) => {
    permittedAddresses(hostname, options, permits).then(
      ([first, ...more]) => {
        if (options.all) callback(null, [first, ...more]);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, ""),
    );
  };
}

async function permittedAddresses(
  hostname: string,
  options: LookupOptions,
  permits: Post["permits"],
): Promise<[LookupAddress, ...LookupAddress[]]> {
  const [first, ...more] = await lookup(hostname, { ...options, all: true });
  if (!first || ![first, ...more].every(({ address }) => permits(address)))
    throw new ForbiddenAddress(hostname);
  return [first, ...more];
}
