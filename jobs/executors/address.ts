import ipaddr from "ipaddr.js";

/** Which addresses a callback may be sent to. */
export type AddressRules = { readonly permits: (address: string) => boolean };

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/**
 * Permits what is publicly routed, and what `allow` names: SCHEDULER_CALLBACK_ALLOW, addresses and networks such as
 * `127.0.0.1,10.0.0.0/8` with commas between. Throws when one of them is neither.
 */
export function addressRules(allow: string | undefined): AddressRules {
  const entries = (allow ?? "").split(",").map((entry) => entry.trim());
  const networks = entries.filter((entry) => entry !== "").map(networkOf);
  return {
    permits(text) {
      if (!ipaddr.isValid(text)) return false;
      // An IPv4 address in the clothes of IPv6 goes where the IPv4 address does.
      const address = ipaddr.process(text);
      return address.range() === "unicast" || networks.some((network) => isIn(address, network));
    },
  };
}

function networkOf(entry: string): Network {
  if (ipaddr.isValidCIDR(entry)) return ipaddr.parseCIDR(entry);
  if (!ipaddr.isValid(entry))
    throw new Error(
      `SCHEDULER_CALLBACK_ALLOW: ${entry} is neither an address nor a network such as 10.0.0.0/8`,
    );
  const address = ipaddr.process(entry);
  return [address, address.kind() === "ipv4" ? 32 : 128];
}

function isIn(address: ipaddr.IPv4 | ipaddr.IPv6, [network, bits]: Network): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}
