import type { AnyCapability, AnyPort, Capability } from "./model/capability.ts";
import type { Port } from "./model/port.ts";

/** Made by createStrangler, one per process; every capability of the process is attached to the same one. */
export type Strangler = {
  /** Takes a capability in; what comes back makes, method by method, what its callers call. */
  readonly attach: (capability: AnyCapability) => (method: string) => AnyPort[string];
};

/**
 * An object of the capability's own interface that sends each call to the side its stage asks for. Methods,
 * arguments, answers and errors are those of the two sides; nothing is loaded before the first call.
 */
export function strangle<T extends Port<T>>(capability: Capability<T>, strangler: Strangler): T {
  // What follows handles every port alike; here, and only here, are its types checked and set aside.
  const forward = strangler.attach(capability as unknown as AnyCapability);
  return Object.fromEntries(Object.keys(capability.methods).map((name) => [name, forward(name)])) as T;
}
