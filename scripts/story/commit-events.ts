import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { z } from "zod";

const event = z.object({
  id: z.string(),
  type: z.string(),
  subject: z.string(),
  traceparent: z.string().optional(),
  data: z.object({ branch: z.string(), document: z.object({ id: z.string() }) }),
});

export type CommitEvent = z.infer<typeof event>;

/** What the kernel's relay has published of a branch, in the stream's order; throws while NATS is away. */
export async function commitEvents(url: string, branch: string): Promise<CommitEvent[]> {
  const { host, username: user, password: pass } = new URL(url);
  const credentials = user !== "" && { user, pass };
  const connection = await connect({ servers: host, ...credentials, reconnect: false, timeout: 2000 });
  try {
    const { streams } = await jetstreamManager(connection);
    const { state } = await streams.info("COMMITS");
    const events: CommitEvent[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
      const message = await streams.getMessage("COMMITS", { seq });
      if (message) events.push(event.parse(message.json()));
    }
    return events.filter(({ data }) => data.branch === branch);
  } finally {
    await connection.close();
  }
}
