import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { invalid } from "@oms/chassis/errors/service-error.ts";
import type { AddressRules } from "@oms/chassis/http/address.ts";
import { hostOf } from "@oms/chassis/http/post.ts";

/** All addresses of a name; rejects while it has none. */
export type Resolve = (host: string) => Promise<readonly { readonly address: string }[]>;

const resolveAll: Resolve = (host) => lookup(host, { all: true });

/** Which addresses an endpoint may be at: without TLS, those alone that were allowed by name. */
export function permittedFor({ protocol }: URL, rules: AddressRules): (address: string) => boolean {
  return protocol === "http:" ? rules.names : rules.permits;
}

/**
 * INVALID_ARGUMENT on `url` where it leads to where nothing may be sent. A name that cannot be looked up now is judged
 * at each attempt, as all names are.
 */
export async function refuseForbidden(
  text: string,
  rules: AddressRules,
  resolve = resolveAll,
): Promise<void> {
  const url = new URL(text);
  const host = hostOf(url);
  const permits = permittedFor(url, rules);
  const found = isIP(host) ? [{ address: host }] : await resolve(host).catch(() => []);
  if (found.every(({ address }) => permits(address))) return;
  throw invalid("url", url.protocol === "http:" ? PLAIN : "leads to an address that nothing may be sent to");
}

const PLAIN = "must be an https URL: without TLS it may lead only to what WEBHOOK_ALLOW names";
