import { existsSync, readFileSync } from "node:fs";
import type { Change, Kernel } from "@oms/data-kernel/client.ts";
import { wholeLog } from "../audit.ts";
import type { Asked, Books, Effect, Line, Subscribed } from "./books.ts";
import type { Streams } from "./streams.ts";

/** Where the events of a story leave their traces. */
export type Traces = {
  /** The branch whose commits are audited. */
  readonly branch: string;
  /** The branch of the subscribers' effects. */
  readonly effects: string;
  /** The file of their lines. */
  readonly file: string;
  /** The branch that OMS's own subscriber `audit-ontology` writes to. */
  readonly audit: string;
};

/** OMS's own, which leaves no lines: what it did it was given. */
export const AUDIT: Subscribed = { name: "audit-ontology", domain: "ontology", ordered: false };

/** The subjects of an event's life that are asked for what they hold. */
export type Witnesses = { readonly kernel: Kernel; readonly streams: Streams };

/** What is known now. Throws while NATS or the kernel is away. */
export async function readBooks(
  { kernel, streams }: Witnesses,
  { branch, effects, file, audit }: Traces,
  known: { readonly published: readonly Asked[]; readonly subscribers: readonly Subscribed[] },
): Promise<Books> {
  const committed = await readCommitted(kernel, branch);
  const sources = new Set([...known.published, ...committed].map(sourceOf));
  const domains = new Set([...known.published, ...committed].map(({ domain }) => domain));
  const messages = await Promise.all([...domains].map((domain) => streams.messages(domain)));
  const isAudited = known.subscribers.includes(AUDIT);
  const audited = isAudited ? await readEffects(kernel, audit, auditedOf) : [];
  // What others publish, OMS of its branches and jobs, is not the story's.
  const own = <T extends { identity: string }>(all: readonly T[]): T[] =>
    all.filter((each) => sources.has(sourceOf(each)));
  return {
    ...known,
    committed,
    messages: own(messages.flat()),
    lines: own([...readLines(file), ...audited]),
    effects: own([...(await readEffects(kernel, effects, effectOf)), ...audited]),
  };
}

/** What the relay has to publish of a branch: an event for each change. */
async function readCommitted(kernel: Kernel, branch: string): Promise<Asked[]> {
  const log = await wholeLog(kernel, branch);
  return log.flatMap(({ commit, changes }) =>
    changes.map(({ document }, n) => ({
      identity: `/branches/${branch} ${commit.key}/${n}`,
      domain: "commits",
      key: document.id,
    })),
  );
}

async function readEffects(
  kernel: Kernel,
  branch: string,
  read: (change: Change) => Effect,
): Promise<Effect[]> {
  const log = await wholeLog(kernel, branch);
  return log.flatMap(({ changes }) => changes.map(read));
}

function effectOf({ document }: Change): Effect {
  return document.body as Effect;
}

function auditedOf({ document }: Change): Effect {
  const { source, id } = document.body as { source: string; id: string };
  return { subscriber: AUDIT.name, identity: `${source} ${id}` };
}

function readLines(file: string): Line[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Line);
}

/** No source has a space in it. */
function sourceOf({ identity }: { readonly identity: string }): string {
  return identity.slice(0, identity.indexOf(" "));
}
