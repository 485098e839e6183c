import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Logger } from "@oms/chassis/log.ts";
import {
  type CommitOutcome,
  type Doc,
  followBranch,
  type Kernel,
  type Precondition,
  type Write,
} from "@oms/data-kernel/client.ts";
import { eventsBranch } from "./names.ts";

export type DocumentsOptions = {
  readonly kernel: Kernel;
  readonly env: string;
  /** The kernel type; a document's id is `<type>/<name>`. */
  readonly type: string;
};

/** Documents of one type on the branch of events, by name. */
export class EventDocuments<T extends object> {
  readonly #kernel: Kernel;
  readonly #branch: string;
  readonly #type: string;

  constructor({ kernel, env, type }: DocumentsOptions) {
    this.#kernel = kernel;
    this.#branch = eventsBranch(env);
    this.#type = type;
  }

  get(name: string): Promise<Doc<T> | undefined> {
    return unlessMissing(this.#kernel.get<T>(this.#branch, this.#id(name)), undefined);
  }

  /** By name. */
  list(): Promise<readonly Doc<T>[]> {
    return unlessMissing(this.#listed(), []);
  }

  /** Creates or replaces. `revision`: what it must be at, "" for none; ABORTED on `revision` when it is at another. */
  async put(name: string, body: T, revision?: string): Promise<Doc<T>> {
    const id = this.#id(name);
    const write = { put: { id, type: this.#type, body } };
    const { changes } = await this.#commit(`put ${id}`, write, preconditionsOf(id, revision));
    const changed = changes.find(({ document }) => document.id === id)?.document as Doc<T> | undefined;
    const document = changed ?? (await this.get(name));
    if (!document) throw new Error(`${id} is not there although it was put`);
    return document;
  }

  /** False where there was none. */
  async delete(name: string): Promise<boolean> {
    const id = this.#id(name);
    const { changes } = await this.#commit(`delete ${id}`, { delete: id }, []);
    return changes.length > 0;
  }

  async #listed(): Promise<readonly Doc<T>[]> {
    const found: Doc<T>[] = [];
    const asked = { branch: this.#branch, type: this.#type };
    for await (const document of this.#kernel.stream<T>(asked)) found.push(document);
    return found;
  }

  #id(name: string): string {
    return `${this.#type}/${name}`;
  }

  async #commit(
    message: string,
    write: Write,
    preconditions: readonly Precondition[],
  ): Promise<CommitOutcome> {
    const commit = () =>
      this.#kernel.commit({ branch: this.#branch, message, writes: [write], preconditions });
    try {
      return await commit().catch(async (error: unknown) => {
        if (!isMissing(error)) throw error;
        await this.#kernel.createBranch({ name: this.#branch });
        return commit();
      });
    } catch (error) {
      throw preconditions.length > 0 && error instanceof ServiceError && error.code === "ABORTED"
        ? overtaken(error)
        : error;
    }
  }
}

function preconditionsOf(id: string, revision: string | undefined): Precondition[] {
  if (revision === undefined) return [];
  return [revision === "" ? { absent: id } : { revision: { id, revision } }];
}

function overtaken(cause: unknown): ServiceError {
  const message = "is not the current one";
  return new ServiceError("ABORTED", `revision ${message}`, [{ field: "revision", message }], cause);
}

/** Nothing was ever written. */
function isMissing(error: unknown): boolean {
  return (
    error instanceof ServiceError &&
    error.code === "NOT_FOUND" &&
    error.violations.some(({ field }) => field === "branch")
  );
}

async function unlessMissing<R>(reading: Promise<R>, missing: R): Promise<R> {
  try {
    return await reading;
  } catch (error) {
    if (!isMissing(error)) throw error;
    return missing;
  }
}

export type WatchOptions = DocumentsOptions & {
  readonly log: Pick<Logger, "warn">;
  /** How often it looks for changes. Absent: 1000. */
  readonly pollMs?: number;
  /** Some have changed. */
  readonly changed?: () => void;
};

const POLL_MS = 1000;

/** The documents as of the last look. While the kernel is away: as they were. */
export class WatchedDocuments<T extends object> {
  readonly #options: WatchOptions;
  readonly #follower: { readonly refresh: () => Promise<unknown> };
  /** What a look has come to; a branch that was rewritten is read again from its beginning meanwhile. */
  #next = new Map<string, Doc<T>>();
  #documents: ReadonlyMap<string, Doc<T>> = new Map();
  #hasChanged: boolean = false;
  #isAway: boolean = false;
  #isClosed: boolean = false;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: WatchOptions) {
    this.#options = options;
    const { kernel, env, type } = options;
    this.#follower = followBranch(kernel, eventsBranch(env), {
      apply: (_, changes) => {
        for (const { kind, document } of changes)
          if (document.type === type) this.#apply(kind === "deleted", document as Doc<T>);
      },
      clear: () => {
        this.#next = new Map();
        this.#hasChanged = true;
      },
    });
    this.#poll(0);
  }

  /** By name, without the type. */
  get documents(): ReadonlyMap<string, Doc<T>> {
    return this.#documents;
  }

  /** Looks now. Rejects while the kernel is away. */
  async refresh(): Promise<void> {
    await runInContext(newContext(), () => this.#follower.refresh());
    if (!this.#hasChanged) return;
    this.#hasChanged = false;
    this.#documents = new Map([...this.#next].sort(([a], [b]) => (a < b ? -1 : 1)));
    if (!this.#isClosed) this.#options.changed?.();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #apply(isDeleted: boolean, document: Doc<T>): void {
    const name = document.id.slice(this.#options.type.length + 1);
    if (isDeleted) this.#next.delete(name);
    else this.#next.set(name, document);
    this.#hasChanged = true;
  }

  #poll(afterMs: number): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#look().finally(() => this.#poll(this.#options.pollMs ?? POLL_MS));
    }, afterMs).unref();
  }

  /** That the kernel is away is said once. */
  async #look(): Promise<void> {
    try {
      await this.refresh();
      this.#isAway = false;
    } catch (err) {
      const { log, type } = this.#options;
      if (!this.#isAway) log.warn({ err, type }, "documents of events cannot be read; those known stand");
      this.#isAway = true;
    }
  }
}
