/** Branches of the kernel that events have for themselves. `env` is the first part of every branch. */
export const eventsBranch = (env: string): string => `${env}/events/main`;
/** Events that neither the gateway nor JetStream took; the kernel's relay carries them. */
export const outboxBranch = (env: string): string => `${env}/events/outbox`;

/** Kernel types of the documents on the two branches; a document's id is `<type>/<name>`. */
export const SCHEMA = "EventSchema";
export const STREAM = "EventStream";
export const SUBSCRIBER = "Subscriber";
export const WEBHOOK = "Webhook";
export const OUTGOING = "Event";
