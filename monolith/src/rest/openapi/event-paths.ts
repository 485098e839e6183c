import type { Parameter, Paths } from "./operation.ts";

const inHeader = (name: string, description: string): Parameter => ({
  name,
  in: "header",
  description: `Binary mode: ${description}`,
  schema: { type: "string", minLength: 1 },
});

/** /events: the event gateway's own REST has the same. */
export const eventPaths: Paths = {
  "/events": {
    post: {
      summary:
        "Publishes an event, or a batch; 409 when another event of its source has its id, 422 when no stream takes its type. 200 says who has it: what is queued or committed is stored later. In a batch each event has its own result",
      tag: "Events",
      parameters: [
        inHeader("ce-specversion", "1.0"),
        inHeader("ce-id", "names the event together with its source"),
        inHeader("ce-source", "a URI reference"),
        inHeader("ce-type", "<producer>.<domain>.<name>; further attributes likewise, as ce-subject"),
      ],
      bodies: {
        "application/cloudevents+json": "Event",
        "application/cloudevents-batch+json": "EventBatch",
        "*/*": null,
      },
      replies: { 200: "PublishReply" },
    },
  },
};
