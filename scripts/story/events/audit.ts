import { repeated } from "../audit.ts";
import type { Asked, Books, Finding, Subscribed } from "./books.ts";

/**
 * Joins what was acknowledged, what the streams hold, what each subscriber was given and what it did. Nothing is found
 * when every acknowledged event is in its stream as it was published and nothing else is, the events of commits are
 * there once and, by key, in the order of the log, and every event was seen by each subscriber of its domain and had
 * its effect once, in the stream's order where the subscriber is ordered. A stream of published events may hold one of
 * them twice, and a subscriber may be given one more than once: only effects are promised to happen once.
 */
export function auditEvents(books: Books): Finding[] {
  return [
    ...streamFindings(books),
    ...orderFindings(books),
    ...books.subscribers.flatMap((subscriber) => subscriberFindings(books, subscriber)),
  ];
}

function streamFindings({ published, committed, messages }: Books): Finding[] {
  const asked = new Map([...published, ...committed].map((each) => [each.identity, each]));
  const stored = new Set(messages.map(({ identity }) => identity));
  const ofCommits = new Set(committed.map(({ identity }) => identity));
  return [
    ...[...asked.keys()]
      .filter((identity) => !stored.has(identity))
      .map((identity) => finding("lost", identity, "was acknowledged, and is in no stream")),
    ...messages.flatMap(({ identity, digest }) => {
      const before = asked.get(identity);
      if (!before) return [finding("unasked", identity, "is in a stream, and nobody published it")];
      return before.digest === undefined || before.digest === digest
        ? []
        : [finding("altered", identity, "is in a stream as another event than was published")];
    }),
    ...repeated(messages.map(({ identity }) => identity))
      .filter((identity) => ofCommits.has(identity))
      .map((identity) => finding("doubled", identity, "is twice in the stream of commits")),
  ];
}

/** By key, the stream of commits has the order of the log. */
function orderFindings({ committed, messages }: Books): Finding[] {
  const byKey = Map.groupBy(committed, ({ key }) => key);
  const inStream = messages.map(({ identity }) => identity);
  return [...byKey].flatMap(([key, asked]) =>
    outOfOrder(asked.map(identityOf), inStream).map((identity) =>
      finding("reordered", identity, `comes in the stream before what changed ${key} earlier`),
    ),
  );
}

function subscriberFindings(books: Books, { name, domain, ordered }: Subscribed): Finding[] {
  const due = new Set(ofDomain(books.messages, domain).map(identityOf));
  const of = <T extends { subscriber: string }>(all: readonly T[]): T[] =>
    all.filter(({ subscriber }) => subscriber === name);
  const seen = new Set(of(books.lines).map(identityOf));
  const done = of(books.effects).map(identityOf);
  const effected = new Set(done);
  const told = (rule: Finding["rule"], identity: string, text: string): Finding =>
    finding(rule, identity, `${text} ${name}`);
  return [
    ...[...due].filter((each) => !seen.has(each)).map((each) => told("unseen", each, "never came to")),
    ...[...due]
      .filter((each) => seen.has(each) && !effected.has(each))
      .map((each) => told("without effect", each, "had no effect by")),
    ...[...effected]
      .filter((each) => !seen.has(each))
      .map((each) => told("unbegun", each, "had an effect without having come to")),
    ...repeated(done).map((each) => told("doubled", each, "had its effect twice by")),
    ...(ordered
      ? outOfOrder([...due], [...effected]).map((each) =>
          told("reordered", each, "had its effect before what is earlier in the stream, by"),
        )
      : []),
  ];
}

/** Those of `actual` that come before one which `wanted` has earlier. First occurrences count. */
function outOfOrder(wanted: readonly string[], actual: readonly string[]): string[] {
  const places = new Map(wanted.map((each, i) => [each, i]));
  const found = [...new Set(actual)].filter((each) => places.has(each));
  let earliest = Number.POSITIVE_INFINITY;
  return found.toReversed().filter((each) => {
    const place = places.get(each) ?? 0;
    const isBehind = place > earliest;
    earliest = Math.min(earliest, place);
    return isBehind;
  });
}

function ofDomain<T extends Asked>(all: readonly T[], wanted: string): T[] {
  return all.filter(({ domain }) => domain === wanted);
}

function identityOf({ identity }: { readonly identity: string }): string {
  return identity;
}

function finding(rule: Finding["rule"], identity: string, text: string): Finding {
  return { rule, identity, text };
}
