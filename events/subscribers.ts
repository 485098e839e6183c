import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Doc, Kernel } from "@oms/data-kernel/client.ts";
import { EventDocuments } from "./documents.ts";
import { SUBSCRIBER } from "./names.ts";
import type { Subscriber } from "./subscriber.ts";

/** The documents `Subscriber/<name>`; WatchedDocuments of type SUBSCRIBER follows them. */
export function subscriberDocuments(kernel: Kernel, env: string): EventDocuments<Subscriber> {
  return new EventDocuments<Subscriber>({ kernel, env, type: SUBSCRIBER });
}

/** Whether there is a subscriber of this name, asked by nobody's call. */
export function isRegistered(kernel: Kernel, env: string, name: string): Promise<boolean> {
  return runInContext(
    newContext(),
    async () => (await subscriberDocuments(kernel, env).get(name)) !== undefined,
  );
}

/** Registers a subscriber that a process brings with it; one that is there keeps its side, and all that was set of it. */
export async function ensureSubscriber(
  kernel: Kernel,
  env: string,
  subscriber: Subscriber,
): Promise<Doc<Subscriber>> {
  const documents = subscriberDocuments(kernel, env);
  const known = await documents.get(subscriber.name);
  if (known) return known;
  try {
    return await documents.put(subscriber.name, subscriber, "");
  } catch (error) {
    const there = await documents.get(subscriber.name);
    if (there && error instanceof ServiceError && error.code === "ABORTED") return there;
    throw error;
  }
}
