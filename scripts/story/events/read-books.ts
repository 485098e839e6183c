import { existsSync, readFileSync } from "node:fs";
import type { Kernel } from "@oms/data-kernel/client.ts";
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
};

/** The subjects of an event's life that are asked for what they hold. */
export type Witnesses = { readonly kernel: Kernel; readonly streams: Streams };

/** What is known now. Throws while NATS or the kernel is away. */
export async function readBooks(
  { kernel, streams }: Witnesses,
  { branch, effects, file }: Traces,
  known: { readonly published: readonly Asked[]; readonly subscribers: readonly Subscribed[] },
): Promise<Books> {
  const committed = await readCommitted(kernel, branch);
  const sources = new Set([...known.published, ...committed].map(sourceOf));
  const domains = new Set([...known.published, ...committed].map(({ domain }) => domain));
  const messages = await Promise.all([...domains].map((domain) => streams.messages(domain)));
  return {
    ...known,
    committed,
    // What others publish, OMS of its branches and jobs, is not the story's.
    messages: messages.flat().filter((message) => sources.has(sourceOf(message))),
    lines: readLines(file).filter((line) => sources.has(sourceOf(line))),
    effects: (await readEffects(kernel, effects)).filter((effect) => sources.has(sourceOf(effect))),
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

async function readEffects(kernel: Kernel, branch: string): Promise<Effect[]> {
  const log = await wholeLog(kernel, branch);
  return log.flatMap(({ changes }) => changes.map(({ document }) => document.body as Effect));
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
