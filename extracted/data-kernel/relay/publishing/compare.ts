import type { Tail } from "@oms/events/broker/commits.ts";
import type { PublishResult } from "@oms/events/port.ts";
import { json } from "@oms/proxy/compare/json.ts";
import type { Comparison } from "@oms/proxy/model/comparison.ts";
import type { PublishedCommits, PublishedEvents } from "./port.ts";

/** Envelopes, their order and how many there are. Sequences are of whoever really published. */
export function compareCommits(
  { envelopes: a }: PublishedCommits,
  { envelopes: b }: PublishedCommits,
): Comparison {
  return a && b ? json()({ envelopes: a }, { envelopes: b }) : skipped("a side showed no envelopes");
}

/** The stream goes on while two sides look at it; what they say of the same moment is the same. */
export function compareTails(a: Tail, b: Tail): Comparison {
  if (a.sequence !== b.sequence) return skipped("the stream went on in between");
  return json<Pick<Tail, "position" | "maxBytes">>()(seen(a), seen(b));
}

const seen = ({ position, maxBytes }: Tail) => ({ position, maxBytes });

/** What would go to JetStream, or why nothing does; where and whether it is stored by now is no difference. */
export function compareOutgoing(
  { results: a }: PublishedEvents,
  { results: b }: PublishedEvents,
): Comparison {
  const lone = [...a, ...b].some((result) => "receipt" in result && !result.receipt.envelope);
  return lone
    ? skipped("a side showed no envelopes")
    : json()({ results: a.map(said) }, { results: b.map(said) });
}

function said(result: PublishResult) {
  if ("refusal" in result) return { code: result.refusal.code, field: result.refusal.field };
  const { source, id, envelope } = result.receipt;
  return { source, id, envelope };
}

function skipped(because: string): Comparison {
  return { outcome: "skipped", because };
}
