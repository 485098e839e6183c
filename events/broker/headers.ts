import type { StoredMsg } from "@nats-io/jetstream";
import { digestOf } from "../envelope.ts";
import { readStored } from "../stored-event.ts";

/** `digestOf` of the event in a message. */
export const DIGEST = "Oms-Digest";
/** Of a message of COMMITS: where in its branch's log it stands. */
export const POSITION = "Oms-Position";
/** Of a dead letter and of what is replayed: why, after how many attempts, and where it stood before. */
export const REASON = "Oms-Reason";
export const ATTEMPTS = "Oms-Attempts";
export const ORIGIN_STREAM = "Oms-Origin-Stream";
export const ORIGIN_SEQUENCE = "Oms-Origin-Sequence";

/** "" when what is stored is no event. */
export function digestOfStored(message: StoredMsg): string {
  const said = message.header.get(DIGEST);
  if (said !== "") return said;
  const event = readStored(message.string());
  return event ? digestOf(event) : "";
}
