import { handOver } from "../handover/hand-over.ts";
import { ownershipOf } from "../handover/ownership.ts";
import { handedOverText, ownershipText } from "../handover/words.ts";
import type { Handover, OpenHandover } from "../model/handover.ts";
import { type Belonging, openBelonging } from "./belonging.ts";
import { type Asked, type CapabilityConfig, capabilityIn, flagServerOf, UsageError } from "./command.ts";
import { heard } from "./heard.ts";
import { showProgress } from "./show-progress.ts";
import type { Owners } from "./status.ts";

type SideOf = Belonging["sideOf"];

/** `handover`: moves what is not where it belongs, or only tells of it. */
export async function handover(asked: Asked): Promise<number> {
  const capability = capabilityIn(asked);
  const { name, handover: open } = capability;
  const { to, status, json } = asked.settings;
  if (!open) throw new UsageError(`the config says nothing of a handover of ${name}`);
  if (status && to !== undefined) throw new UsageError("--status or --to?");
  const { sideOf, close } = to === undefined ? await belonging(asked, capability) : allTo(to);
  try {
    const told = await opened(open, (owner) =>
      status ? tell(name, owner, sideOf) : move(name, owner, sideOf),
    );
    process.stdout.write(
      json ? `${JSON.stringify({ capability: name, ...told.value }, null, 2)}\n` : told.text,
    );
    return told.good ? 0 : 1;
  } finally {
    await close();
  }
}

/** For `status`: who owns what, also where it cannot be told what belongs where. */
export async function ownersNow(
  asked: Asked,
  capability: CapabilityConfig,
  open: OpenHandover,
): Promise<Owners> {
  const known = await heard(belonging(asked, capability));
  const sideOf: SideOf = "said" in known ? known.said.sideOf : ({ side }) => side;
  try {
    const { sides, elsewhere } = await opened(open, (owner) => ownershipOf(owner, sideOf));
    return { sides, elsewhere: "said" in known ? elsewhere.length : undefined };
  } finally {
    if ("said" in known) await known.said.close();
  }
}

/** For a person, for a program, and whether everything is where it belongs. */
type Told = { readonly text: string; readonly value: object; readonly good: boolean };

/** Interrupted, it ends the moves that are under way and begins no other. */
async function move(capability: string, owner: Handover, belongs: SideOf): Promise<Told> {
  const stop = new AbortController();
  // Every process in between passes it on: one Ctrl-C may well arrive more than once.
  const interrupted = () => stop.abort();
  process.on("SIGINT", interrupted).on("SIGTERM", interrupted);
  const now = () => performance.now();
  const meter = showProgress(process.stderr, now);
  try {
    const done = await handOver(owner, { belongs, stop: stop.signal, now, progress: meter.show });
    const good = done.refused.length === 0 && done.elsewhere === 0;
    return { text: handedOverText(capability, done), value: done, good };
  } finally {
    meter.clear();
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
  }
}

async function tell(capability: string, owner: Handover, belongs: SideOf): Promise<Told> {
  const owned = await ownershipOf(owner, belongs);
  const { sides, elsewhere } = owned;
  return {
    text: ownershipText(capability, owned),
    value: { owned: sides, elsewhere: elsewhere.map(({ id, side }) => ({ id, side })) },
    good: elsewhere.length === 0,
  };
}

async function opened<R>(open: OpenHandover, use: (owner: Handover) => Promise<R>): Promise<R> {
  const owner = await open(process.env);
  try {
    return await use(owner);
  } finally {
    await owner.close();
  }
}

function allTo(to: string): Belonging {
  if (to !== "in-process" && to !== "extracted") throw new UsageError("--to in-process or extracted?");
  return { sideOf: () => to, close: async () => {} };
}

async function belonging(asked: Asked, { name, flag, override }: CapabilityConfig): Promise<Belonging> {
  return openBelonging({
    capability: name,
    flag: asked.settings["flag-prefix"] + flag,
    server: flagServerOf(asked),
    ceiling: await asked.store.ceiling(name),
    override: override && asked.env[override],
  });
}
