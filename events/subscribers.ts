import type { Doc, Kernel } from "@oms/data-kernel/client.ts";
import type { EventDocuments } from "./documents.ts";
import type { Subscriber } from "./subscriber.ts";

/** The documents `Subscriber/<name>`; WatchedDocuments of type SUBSCRIBER follows them. */
export declare function subscriberDocuments(kernel: Kernel, env: string): EventDocuments<Subscriber>;

/** Registers a subscriber that a process brings with it; one that is there keeps its side, and all that was set of it. */
export declare function ensureSubscriber(
  kernel: Kernel,
  env: string,
  subscriber: Subscriber,
): Promise<Doc<Subscriber>>;
