import { randomUUID } from "node:crypto";
import { within } from "../call/deadline.ts";
import { observe } from "../call/observe.ts";
import { compareOutcomes } from "../compare/outcomes.ts";
import type { Sample } from "../ledger/tally.ts";
import type { Call } from "../model/call.ts";
import type { AnyCapability, AnyPort } from "../model/capability.ts";
import type { Comparison } from "../model/comparison.ts";
import type { Host } from "../model/host.ts";
import type { Observation } from "../model/observation.ts";
import type { Side } from "../model/side.ts";
import { findCall, type RecordedCall } from "./find.ts";

/** A capability outside its system: how to load its sides, and the host's context to call them in. */
export type Opened = {
  readonly capability: AnyCapability;
  readonly host: Host;
  readonly close: () => Promise<void>;
};

/** Resolves to an opened capability, configured by the environment. Throws what is wrong with that. */
export type Open = (env: NodeJS.ProcessEnv) => Promise<Opened>;

/** What became of a kept mismatch when its call was made again. */
export type Replayed = {
  readonly sample: Sample;
  /** The sides compared again; undefined when the call is not among the recorded ones. */
  readonly now: Comparison | undefined;
};

const DEADLINE_MS = 5000;

/**
 * Makes the calls of kept mismatches again, one at a time, on both sides as shadow calls: nothing they do is kept.
 * Rejects when a side cannot be loaded.
 */
export async function replay(
  samples: readonly Sample[],
  calls: readonly RecordedCall[],
  { capability, host }: Opened,
): Promise<Replayed[]> {
  const found = samples.map((sample) => ({ sample, call: findCall(sample, calls, capability.redact) }));
  if (found.every(({ call }) => call === undefined))
    return found.map(({ sample }) => ({ sample, now: undefined }));
  const ports = { "in-process": await capability.inProcess(), extracted: await capability.extracted() };
  const replayed: Replayed[] = [];
  for (const { sample, call } of found) {
    replayed.push({ sample, now: call && (await compareAgain(sample, call, { capability, host, ports })) });
  }
  return replayed;
}

type Loaded = Pick<Opened, "capability" | "host"> & { readonly ports: Readonly<Record<Side, AnyPort>> };

async function compareAgain(sample: Sample, call: RecordedCall, loaded: Loaded): Promise<Comparison> {
  const method = loaded.capability.methods[call.method];
  if (!method) throw new Error(`${loaded.capability.name} has no method "${call.method}"`);
  const { deadlineMs = DEADLINE_MS } = method;
  // As when it was made: one key, for ids may be derived from it, and one state of everything that both sides read.
  const first = { key: randomUUID(), deadline: Date.now() + deadlineMs, shadow: true, watched: true };
  const inProcess = await observed("in-process", { ...call, call: first, deadlineMs }, loaded);
  const second = { key: first.key, deadline: Date.now() + deadlineMs, shadow: true, of: first };
  const extracted = await observed("extracted", { ...call, call: second, deadlineMs }, loaded);
  const [authority, watched] = sample.stage === "live" ? [extracted, inProcess] : [inProcess, extracted];
  return compareOutcomes(authority, watched, (a, b) => method.compare(a, b, structuredClone([...call.args])));
}

type Again = RecordedCall & { readonly call: Call; readonly deadlineMs: number };

function observed(side: Side, again: Again, { host, ports }: Loaded): Promise<Observation<unknown>> {
  const { method, args, call, deadlineMs } = again;
  const run = () => host.enter(call, async () => ports[side][method]?.(...structuredClone([...args])));
  return observe(side, () => within(deadlineMs, run), host.isAnswer);
}
