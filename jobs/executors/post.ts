import type { LookupAddress, LookupOptions } from "node:dns";
import { lookup } from "node:dns/promises";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { FinalFailure } from "../failure.ts";
import type { AddressRules } from "./address.ts";

export type Post = {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Of the whole exchange, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
};

/** What of an answer is read, and then thrown away. */
const MOST_BYTES = 64 * 1024;

/**
 * Posts once and resolves with the status, following nothing. The address is judged where it is connected to, after the
 * name was looked up: a name that resolves to another address the next time gains nothing. FinalFailure `refused` where
 * the rules do not permit it.
 */
export async function post(post: Post, rules: AddressRules): Promise<number> {
  const host = post.url.hostname.replace(/^\[|\]$/g, "");
  // An address is not looked up.
  if (isIP(host) && !rules.permits(host)) throw refused(host);
  const timeout = AbortSignal.timeout(post.timeoutMs);
  const signal = AbortSignal.any([post.signal, timeout]);
  try {
    const response = await send(post, { signal, lookup: permitted(rules) });
    await drain(response);
    return response.statusCode ?? 0;
  } catch (error) {
    if (timeout.aborted) throw new Error(`no answer within ${post.timeoutMs} ms`, { cause: error });
    throw error;
  }
}

type Sending = { readonly signal: AbortSignal; readonly lookup: LookupFunction };

async function send({ url, headers, body }: Post, sending: Sending): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  const options = {
    ...sending,
    method: "POST",
    headers: { ...headers, "content-length": Buffer.byteLength(body) },
    // A connection of its own, whose address has been judged.
    agent: false,
  };
  request(url, options, resolve).on("error", reject).end(body);
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
function permitted(rules: AddressRules): LookupFunction {
  return (hostname, options, callback) => {
    permittedAddresses(hostname, options, rules).then(
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
  rules: AddressRules,
): Promise<[LookupAddress, ...LookupAddress[]]> {
  const [first, ...more] = await lookup(hostname, { ...options, all: true });
  if (!first || ![first, ...more].every(({ address }) => rules.permits(address))) throw refused(hostname);
  return [first, ...more];
}

function refused(host: string): FinalFailure {
  return new FinalFailure("refused", `${host} is at an address that callbacks may not be sent to`);
}
