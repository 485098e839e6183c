import { CloudEvent } from "cloudevents";
import { z } from "zod";
import type { Executor, Task } from "../executor.ts";
import { commitTo } from "./commit-to.ts";

const payload = z.strictObject({
  /** CloudEvents `type`, such as `oms.ontology.released`. */
  type: z.string().min(1).max(200),
  subject: z.string().min(1).max(200).exactOptional(),
  data: z.json().default(null),
});
type Payload = z.infer<typeof payload>;

/**
 * Puts a CloudEvents 1.0 event into the outbox, whose commits the kernel's relay publishes. The commit's key and the
 * event's id are the execution's id: whatever attempt is the first to get there, there is one event.
 */
export const publishEvent: Executor<Payload> = {
  type: "publish-event",
  payload,
  async run(task, { kernel, env }) {
    const branch = `${env}/events/outbox`;
    const document = `Event/${task.id}`;
    await commitTo(kernel, {
      branch,
      message: `publish ${task.payload.type}`,
      key: task.id,
      // The payload may have been edited between two attempts: the first one has spoken.
      fingerprint: task.id,
      writes: [{ put: { id: document, type: "Event", body: eventOf(task).toJSON() } }],
    });
    return { branch, document };
  },
};

function eventOf({ id, job, plannedMs, payload: { type, subject, data } }: Task<Payload>) {
  return new CloudEvent({
    specversion: "1.0",
    id,
    source: `/jobs/${job}`,
    type,
    time: new Date(plannedMs).toISOString(),
    datacontenttype: "application/json",
    ...(subject !== undefined && { subject }),
    data,
  });
}
