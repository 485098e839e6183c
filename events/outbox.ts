import type { Kernel } from "@oms/data-kernel/client.ts";
import type { Event } from "./event.ts";

/** Of the document that holds an event in the outbox. */
export declare function outboxDocument(event: Pick<Event, "source" | "id">): string;

/**
 * Puts an event where the kernel's relay finds it, once. Rejects as `Publisher.publish` does: ALREADY_EXISTS on `id`,
 * UNAVAILABLE.
 */
export declare function commitToOutbox(kernel: Kernel, env: string, event: Event): Promise<void>;
