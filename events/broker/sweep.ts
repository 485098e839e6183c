import type { Broker } from "./broker.ts";
import { deleteConsumer } from "./consumer.ts";
import { asked } from "./refusals.ts";

/** Deletes, of whatever stream, the consumers that `isLeft` says are nobody's. UNAVAILABLE while NATS is away. */
export async function sweepConsumers(broker: Broker, isLeft: (name: string) => boolean): Promise<void> {
  const { manager } = await broker.connected();
  await asked(async () => {
    for await (const stream of manager.streams.names())
      for await (const { name } of manager.consumers.list(stream))
        if (isLeft(name)) await deleteConsumer(manager, stream, name);
  });
}
