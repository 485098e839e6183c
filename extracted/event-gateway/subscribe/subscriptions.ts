import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { invalid, ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Broker } from "@oms/events/broker/broker.ts";
import type { Subscriber } from "@oms/events/subscriber.ts";
import type { Bind, SubscribeRequest, SubscribeResponse } from "@oms/protos/oms/events/v1/events.ts";
import { noSubscriber, openDurable } from "./durable.ts";
import { FollowSession } from "./follow.ts";
import { Outgoing } from "./outgoing.ts";
import type { Client, Session } from "./session.ts";

export type SubscriptionsParts = {
  readonly broker: Broker;
  readonly env: string;
  readonly find: (name: string) => Promise<Subscriber | undefined>;
  readonly requireDomain: (domain: string) => Promise<void>;
};

type Replies = Outgoing<SubscribeResponse>;

/** The streams of Subscribe that are open. */
export class Subscriptions {
  readonly #parts: SubscriptionsParts;
  readonly #open = new Set<Replies>();
  readonly #closing = new AbortController();

  constructor(parts: SubscriptionsParts) {
    this.#parts = parts;
  }

  /** One stream, until either end of it ends; `signal` aborts when the client is gone. */
  async *subscribe(
    requests: AsyncIterable<SubscribeRequest>,
    signal: AbortSignal,
  ): AsyncGenerator<SubscribeResponse, void, undefined> {
    this.#closing.signal.throwIfAborted();
    const replies: Replies = new Outgoing();
    const asked = requests[Symbol.asyncIterator]();
    const session = await this.#bind(bindIn(await asked.next()), clientOf(replies));
    // A client that is gone takes nothing more, so nobody may come to the end of this generator.
    const giveBack = () => {
      replies.end();
      void session.stop();
    };
    signal.addEventListener("abort", giveBack, { once: true });
    this.#open.add(replies);
    if (this.#closing.signal.aborted) replies.end(this.#closing.signal.reason);
    void told(session, replies);
    void heard(asked, session, replies);
    try {
      yield* replies.taken();
    } finally {
      signal.removeEventListener("abort", giveBack);
      this.#open.delete(replies);
      await session.stop();
    }
  }

  /** Ends them all: their clients look for another gateway. */
  close(): void {
    this.#closing.abort(new ServiceError("UNAVAILABLE", "the event gateway is stopping"));
    for (const replies of this.#open) replies.end(this.#closing.signal.reason);
  }

  get count(): number {
    return this.#open.size;
  }

  async #bind({ durable, follow, credit }: Bind, client: Client): Promise<Session> {
    const { find, requireDomain, ...parts } = this.#parts;
    if (!follow) {
      const subscriber = await find(durable);
      if (!subscriber) throw noSubscriber(durable);
      if (subscriber.follow) throw followed();
      const isRegistered = () => runInContext(newContext(), async () => (await find(durable)) !== undefined);
      return openDurable({ ...parts, subscriber, isRegistered }, credit, client);
    }
    if (durable !== "") throw invalid("bind.durable", "must not stand beside follow");
    await requireDomain(follow.domain);
    return FollowSession.open(parts, { follow, credit }, client);
  }
}

function bindIn(first: IteratorResult<SubscribeRequest>): Bind {
  const message = first.done ? undefined : first.value.message;
  if (message?.$case !== "bind") throw invalid("bind", "must come first");
  return message.value;
}

function clientOf(replies: Replies): Client {
  return {
    deliver: (value) => replies.put({ message: { $case: "delivery", value } }),
    fail: (error) => replies.end(error),
  };
}

async function told(session: Session, replies: Replies): Promise<void> {
  try {
    replies.put({ message: { $case: "bound", value: await session.bound } });
  } catch (error) {
    replies.end(error);
  }
}

/** What the client says, to its last word; then the stream ends. */
async function heard(
  asked: AsyncIterator<SubscribeRequest>,
  session: Session,
  replies: Replies,
): Promise<void> {
  try {
    for (let next = await asked.next(); !next.done; next = await asked.next())
      obey(session, next.value.message);
    replies.end();
  } catch (error) {
    replies.end(error);
  }
}

function obey(session: Session, message: SubscribeRequest["message"]): void {
  switch (message?.$case) {
    case "settle":
      session.settle(message.value);
      break;
    case "credit":
      session.more(message.value);
      break;
    default:
      throw invalid("message", "must be settle or credit after the first bind");
  }
}

function followed(): ServiceError {
  const message = "is followed by each of its instances and has no durable";
  return new ServiceError("FAILED_PRECONDITION", `durable ${message}`, [{ field: "durable", message }]);
}
