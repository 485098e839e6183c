import type { Logger } from "@oms/chassis/log.ts";
import type { Kernel } from "@oms/data-kernel/client.ts";
import { unattended } from "../unattended.ts";
import type { Indexing, Target } from "./indexing.ts";
import type { OntologyObject } from "./object.ts";

export type SweepParts = {
  readonly kernel: Kernel;
  /** First part of every kernel branch. */
  readonly env: string;
  readonly indexing: Indexing;
  readonly logger: Logger;
  readonly signal: AbortSignal;
};

/**
 * Brings the index of every object that ever was in step, one at a time: a process that stopped between a commit and
 * its index, a new model, or a branch that begins full of objects, leaves nothing behind.
 */
export class Sweep {
  readonly #parts: SweepParts;
  readonly #running = new Set<Promise<void>>();

  constructor(parts: SweepParts) {
    this.#parts = parts;
  }

  /** Sweeps a branch, or every branch, while its caller goes on. What fails is left to the next start. */
  begin(branch?: string): void {
    const { logger } = this.#parts;
    const running = (branch === undefined ? this.all() : this.branch(branch))
      .then(
        (objects) => logger.info({ objects, branch }, "the index was swept"),
        (error: unknown) => logger.warn({ err: error, branch }, "the sweep of the index ended early"),
      )
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when nothing that was begun still runs. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** How many objects it looked at. */
  async all(): Promise<number> {
    const prefix = `${this.#parts.env}/oms/`;
    let count = 0;
    for (const { name } of await this.#parts.kernel.listBranches())
      if (name.startsWith(prefix)) count += await this.branch(name.slice(prefix.length));
    return count;
  }

  /** How many objects it looked at. */
  async branch(branch: string): Promise<number> {
    const { indexing, signal } = this.#parts;
    let count = 0;
    for (const target of await this.#touchedOn(branch)) {
      if (signal.aborted) return count;
      await unattended(branch, () => indexing.bring(target));
      count++;
    }
    return count;
  }

  /** Every object the branch's commits name, the deleted ones too, each once. */
  async #touchedOn(branch: string): Promise<Iterable<Target>> {
    const { kernel, env, signal } = this.#parts;
    const touched = new Map<string, Target>();
    let after = "";
    while (!signal.aborted) {
      const page = await unattended(branch, () =>
        kernel.changes({ branch: `${env}/oms/${branch}`, after, limit: 1000 }),
      );
      for (const { changes } of page.commits)
        for (const { document } of changes) {
          if (!document.id.startsWith("Object/")) continue;
          const { id, type } = document.body as OntologyObject;
          touched.set(id, { branch, id, type });
        }
      const last = page.commits.at(-1)?.commit.id;
      if (!last || last === page.head) break;
      after = last;
    }
    return touched.values();
  }
}
