import { currentContext } from "@oms/chassis/context/context.ts";
import { invalid, type ServiceError, tooLarge } from "@oms/chassis/errors/service-error.ts";
import type { CommitsLog, Tail } from "@oms/events/broker/commits.ts";
import { commitMessageOf, sentOf, type ToldCommit } from "@oms/events/commit-message.ts";
import { MOST_EVENTS } from "@oms/events/event.ts";
import type { Sent } from "@oms/events/port.ts";

/** What the kernel's relay asks of the stream of commits. */
export type Commits = {
  readonly publish: (request: CommitsRequest) => Promise<CommitsReply>;
  /** INVALID_ARGUMENT on `subject`. */
  readonly tail: (request: { readonly subject: string }) => Promise<Tail>;
};

export type CommitsRequest = { readonly messages: readonly ToldCommit[]; readonly lastSequence: number };

/** `envelopes` of a call that is compared. */
export type CommitsReply = {
  readonly sequences: readonly number[];
  readonly refusal?: ServiceError;
  readonly envelopes: readonly Sent[];
};

const SUBJECT = /^[^.*>\s]+\.commits\.[^.*>\s]+\.[^.*>\s]+$/;
/** A header's value: no line may begin in it. */
const POSITION = /^[\x20-\x7e]{1,1000}$/;

/** The relay's messages as they are: the kernel has told each of them. A shadow call leaves the stream alone. */
export function createCommits(log: Pick<CommitsLog, "append" | "tail">): Commits {
  return {
    async publish({ messages, lastSequence }) {
      if (messages.length > MOST_EVENTS) throw tooLarge("messages", `must be at most ${MOST_EVENTS}`);
      if (lastSequence < 0) throw invalid("lastSequence", "must not be negative");
      const checked = messages.map((message, n) => checkedMessage(message, `messages[${n}].`));
      const { shadow, evidence } = currentContext();
      const envelopes = shadow || evidence ? checked.map(sentOf) : [];
      if (shadow || checked.length === 0) return { sequences: [], envelopes };
      return { ...(await log.append(checked, lastSequence)), envelopes };
    },
    async tail({ subject }) {
      checkSubject("subject", subject);
      return log.tail(subject);
    },
  };
}

function checkedMessage(message: ToldCommit, at: string) {
  checkSubject(`${at}subject`, message.subject);
  if (!POSITION.test(message.position)) throw invalid(`${at}position`, "must be a place in a log");
  return commitMessageOf(message, at);
}

function checkSubject(field: string, subject: string): void {
  if (!SUBJECT.test(subject)) throw invalid(field, "must be <environment>.commits.<service>.<purpose>");
}
