import { internal } from "@oms/chassis/errors/service-error.ts";
import type { Document, Write } from "../store/port.ts";
import type { Writes } from "../store/writes.ts";
import { Change } from "./change.ts";
import { Findings } from "./findings.ts";
import type { Finding, Hook, Look, Proposed, ProposedChange, ProposedDocument } from "./hook.ts";
import { Schemas } from "./schemas.ts";

/** A commit and the branch it is meant for, as that is. */
export type Inspected = {
  readonly proposed: Proposed;
  readonly writes: Writes;
  readonly base: Base;
};

export type Base = {
  readonly find: (id: string) => Document | undefined;
  /** Ids of documents whose versions were written as referring to `id`: `limit` at most. */
  readonly referrers: (id: string, limit: number) => readonly string[];
};

/** What the sync phase makes of a commit. */
export type Inspection = {
  readonly findings: Findings;
  /** By the id of a document that is put: the ids it refers to, each once. None: not in the map. */
  readonly refers: ReadonlyMap<string, readonly string[]>;
};

/** Pure but for what it remembers of schemas; called inside the store's transaction. */
export type Inspect = (inspected: Inspected) => Inspection;

/** The sync phase. What a document refers to is worked out whichever hooks look, for it is kept with the document. */
export function createInspect(hooks: readonly Hook[]): Inspect {
  const schemas = new Schemas();
  return ({ proposed, writes, base: unwatched }) => {
    const { base, failed } = watched(unwatched);
    const look = lookFrom(writes, base, schemas);
    const asked = (hook: Hook, ask: () => readonly Finding[] | undefined) => answerOf(hook, ask, failed);
    const findings = new Findings();
    const refers = new Map<string, readonly string[]>();
    for (const hook of hooks) findings.add(asked(hook, () => hook.inspect?.(proposed, look)));
    let index = 0;
    for (const write of writes) {
      const change = new Change(write, `writes[${index}]`, base.find);
      for (const hook of hooks) findings.add(asked(hook, () => hook.inspectChange?.(change, proposed, look)));
      const targets = targetsOf(change, look);
      if (targets.length > 0) refers.set(change.id, targets);
      index += 1;
    }
    return { findings, refers };
  };
}

/** For what an operator restores or masks, which is not for hooks to refuse. */
export const inspectReferences = createInspect([]);

function targetsOf(change: ProposedChange, { schemaOf }: Look): string[] {
  const schema = change.after && schemaOf(change.after.type);
  if (!schema?.hasReferences) return [];
  return [...new Set(schema.referencesIn(change.value).map(({ target }) => target))];
}

function lookFrom(writes: Writes, base: Base, schemas: Schemas): Look {
  const known = new Map<string, ReturnType<Look["schemaOf"]>>();
  return {
    find(id) {
      const write = writes.of(id);
      return write ? leftBy(write) : base.find(id);
    },
    findBefore: base.find,
    referrers: (id, limit) => standing(id, limit, { writes, base }),
    schemaOf(type) {
      if (!known.has(type)) known.set(type, schemas.of(type, writes, base));
      return known.get(type);
    },
  };
}

/** Asks for more until enough are unchanged, for a commit may change any number of them. */
function standing(id: string, limit: number, { writes, base }: Pick<Inspected, "writes" | "base">): string[] {
  for (let most = limit + 10; ; most *= 10) {
    const referrers = base.referrers(id, most);
    const unchanged = referrers.filter((referrer) => writes.of(referrer) === undefined);
    if (unchanged.length >= limit || referrers.length < most) return unchanged.slice(0, limit);
  }
}

function leftBy(write: Write): ProposedDocument | undefined {
  return "put" in write ? write.put : undefined;
}

/** A hook that cannot say leaves the commit unknown, which is refused; a store that cannot says so itself. */
function answerOf(
  { name }: Hook,
  ask: () => readonly Finding[] | undefined,
  failed: ReadonlySet<unknown>,
): readonly Finding[] {
  try {
    return ask() ?? [];
  } catch (error) {
    if (failed.has(error)) throw error;
    throw internal(new Error(`the hook ${name} failed`, { cause: error }));
  }
}

/** `failed` has what reading the base has thrown. */
function watched(base: Base): { readonly base: Base; readonly failed: ReadonlySet<unknown> } {
  const failed = new Set<unknown>();
  const watch =
    <A extends readonly unknown[], R>(read: (...asked: A) => R) =>
    (...asked: A): R => {
      try {
        return read(...asked);
      } catch (error) {
        failed.add(error);
        throw error;
      }
    };
  return {
    base: { find: watch((id) => base.find(id)), referrers: watch((id, limit) => base.referrers(id, limit)) },
    failed,
  };
}
