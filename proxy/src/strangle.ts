import type { Dispatcher } from "./dispatch/dispatcher.ts";
import type { AnyCapability, AnyPort, Capability } from "./model/capability.ts";
import type { Port } from "./model/port.ts";

/** Made by createStrangler, one per process; every capability of the process is attached to the same one. */
export type Strangler = {
  /** Takes a capability in; what comes back makes, method by method, what its callers call. */
  readonly attach: (capability: AnyCapability) => (method: string) => AnyPort[string];
  /** Of a method of an attached capability, for callers that bring a way of their own to its extracted side. */
  readonly dispatcher: (capability: string, method: string) => Dispatcher;
};

/**
 * An object of the capability's own interface that sends each call to the side its stage asks for. Methods,
 * arguments, answers and errors are those of the two sides; nothing is loaded before the first call.
 */
export function strangle<T extends Port<T>>(capability: Capability<T>, strangler: Strangler): T {
  const forward = strangler.attach(anyCapability(capability));
  return Object.fromEntries(Object.keys(capability.methods).map((name) => [name, forward(name)])) as T;
}

/** What follows handles every port alike: here, and only here, are its types checked and set aside. */
export function anyCapability<T extends Port<T>>(capability: Capability<T>): AnyCapability {
  return capability as unknown as AnyCapability;
}
