import ipaddr from "ipaddr.js";

/** Which addresses a request that somebody else asked for may be sent to. */
export type AddressRules = {
  /** What is publicly routed, and what was named. */
  readonly permits: (address: string) => boolean;
  /** What was named alone. */
  readonly names: (address: string) => boolean;
};

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];

/** All that is routed under IPv6; the rest is unassigned, or IPv4 in other clothes. */
const ROUTED: Network = ipaddr.parseCIDR("2000::/3");

/**
 * `allow` names addresses and networks, such as `127.0.0.1,10.0.0.0/8`, with commas between. Throws with the name of
 * the setting when one of them is neither.
 */
export function addressRules(allow: string | undefined, setting: string): AddressRules {
  const entries = (allow ?? "").split(",").map((entry) => entry.trim());
  const networks = entries.filter((entry) => entry !== "").map((entry) => networkOf(entry, setting));
  const named = (address: Address) => networks.some((network) => isIn(address, network));
  const judge = (judged: (address: Address) => boolean) => (text: string) =>
    // An IPv4 address in the clothes of IPv6 goes where the IPv4 address does.
    ipaddr.isValid(text) && judged(ipaddr.process(text));
  return { permits: judge((address) => isPublic(address) || named(address)), names: judge(named) };
}

function isPublic(address: Address): boolean {
  return address.range() === "unicast" && (address.kind() === "ipv4" || isIn(address, ROUTED));
}

function networkOf(entry: string, setting: string): Network {
  if (ipaddr.isValidCIDR(entry)) return ipaddr.parseCIDR(entry);
  if (!ipaddr.isValid(entry))
    throw new Error(`${setting}: ${entry} is neither an address nor a network such as 10.0.0.0/8`);
  const address = ipaddr.process(entry);
  return [address, address.kind() === "ipv4" ? 32 : 128];
}

function isIn(address: Address, [network, bits]: Network): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}
