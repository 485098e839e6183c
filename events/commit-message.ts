import { invalid } from "@oms/chassis/errors/service-error.ts";
import { z } from "zod";
import type { CommitMessage } from "./broker/commits.ts";
import { CONTENT_TYPE, digestOf } from "./envelope.ts";
import { type Event, identityOf } from "./event.ts";
import type { Sent } from "./port.ts";

/** What the relay says of one change: its event, as a text in the JSON format, and where it belongs. */
export type ToldCommit = Pick<CommitMessage, "subject" | "position"> & { readonly event: string };

/**
 * An id is a commit's key and a number, of which the kernel takes more than `parseEvent` does: longer ones, and spaces.
 * A branch's name has no space, so the two together still name one event.
 */
const named = z.looseObject({
  specversion: z.literal("1.0"),
  source: z.string().min(1),
  id: z.string().min(1),
});

/** INVALID_ARGUMENT on `event` for a text that is none. `at` stands before the field: `messages[3].`. */
export function commitMessageOf({ subject, position, event: body }: ToldCommit, at = ""): CommitMessage {
  const event = read(body, `${at}event`);
  return { subject, position, body, messageId: identityOf(event), digest: digestOf(event) };
}

/** Fit to be compared, whichever side made it. */
export function sentOf({ subject, messageId, digest, body }: CommitMessage): Sent {
  return { subject, messageId, contentType: CONTENT_TYPE, digest, bytes: Buffer.byteLength(body) };
}

function read(text: string, field: string): Event {
  try {
    return named.parse(JSON.parse(text)) as Event;
  } catch {
    throw invalid(field, "must be a CloudEvents event in the JSON format");
  }
}
