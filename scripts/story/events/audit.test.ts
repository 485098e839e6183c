import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { auditEvents } from "./audit.ts";
import type { Books, Message } from "./books.ts";

const SUBSCRIBER = { name: "orders", domain: "ontology", ordered: false };
const FOLLOWER = { name: "follower", domain: "commits", ordered: true };

const event = (n: number): Message => ({
  identity: `/story ${n}`,
  domain: "ontology",
  key: `key-${n % 2}`,
  digest: `${n}`,
});
const change = (n: number): Message => ({
  identity: `/branches/story ${n}/0`,
  domain: "commits",
  key: `document-${n % 2}`,
  digest: `c${n}`,
});
const by = (subscriber: string, messages: readonly Message[]) =>
  messages.map(({ identity }) => ({ subscriber, identity }));
const without = <T>(all: readonly T[], at: number): T[] => all.filter((_, i) => i !== at);
/** The list with two of its parts in each other's place. */
const swapped = <T>(all: readonly T[], a: number, b: number): T[] =>
  all.map((each, i) => (i === a ? all[b] : i === b ? all[a] : each) as T);

const events = [0, 1, 2, 3].map(event);
const changes = [0, 1, 2, 3].map(change);
const all = [...by(SUBSCRIBER.name, events), ...by(FOLLOWER.name, changes)];
const good: Books = {
  published: events,
  committed: changes.map(({ digest: _, ...asked }) => asked),
  messages: [...events, ...changes],
  subscribers: [SUBSCRIBER, FOLLOWER],
  lines: all,
  effects: all,
};
const found = (change: Partial<Books>) =>
  auditEvents({ ...good, ...change }).map(({ rule, identity }) => `${rule} ${identity}`);

describe("the auditor of events", () => {
  it("finds nothing in books that agree", () => {
    assert.deepEqual(auditEvents(good), []);
  });

  it("lets a published event be stored, and any be brought, more than once", () => {
    const messages = [...good.messages, event(1)];
    assert.deepEqual(found({ messages, lines: [...all, ...all] }), []);
  });

  it("finds an acknowledged event that is in no stream, and a change without its event", () => {
    const [lines, effects] = [
      all.filter((_, i) => i !== 1 && i !== 6),
      all.filter((_, i) => i !== 1 && i !== 6),
    ];
    assert.deepEqual(
      found({ messages: good.messages.filter((_, i) => i !== 1 && i !== 6), lines, effects }),
      ["lost /story 1", "lost /branches/story 2/0"],
    );
  });

  it("finds an event that nobody published, and one that is another than was published", () => {
    const published = without(events, 2).map((each, i) => (i === 0 ? { ...each, digest: "other" } : each));
    assert.deepEqual(found({ published }), ["altered /story 0", "unasked /story 2"]);
  });

  it("finds the event of a commit that is there twice", () => {
    assert.deepEqual(found({ messages: [...good.messages, change(3)] }), ["doubled /branches/story 3/0"]);
  });

  it("finds events of one key in another order than the log's, and lets those of two keys be", () => {
    const across = { ...good, subscribers: [], messages: [...events, ...swapped(changes, 0, 1)] };
    assert.deepEqual(found(across), []);
    const within = { ...across, messages: [...events, ...swapped(changes, 1, 3)] };
    assert.deepEqual(found(within), ["reordered /branches/story 3/0"]);
  });

  it("finds an event that a subscriber was never given", () => {
    assert.deepEqual(found({ lines: without(all, 2), effects: without(all, 2) }), ["unseen /story 2"]);
  });

  it("finds an event that was given and left nothing in the kernel, and the opposite", () => {
    assert.deepEqual(found({ effects: without(all, 2) }), ["without effect /story 2"]);
    assert.deepEqual(found({ lines: without(all, 2) }), ["unseen /story 2", "unbegun /story 2"]);
  });

  it("finds an effect that happened twice", () => {
    assert.deepEqual(found({ effects: [...all, ...by(SUBSCRIBER.name, [event(2)])] }), ["doubled /story 2"]);
  });

  it("finds effects of an ordered subscriber in another order than the stream's, and lets others be", () => {
    assert.deepEqual(found({ effects: swapped(all, 1, 2) }), []);
    assert.deepEqual(found({ effects: swapped(all, 5, 6) }), ["reordered /branches/story 2/0"]);
  });
});
