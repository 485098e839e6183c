import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { notFound } from "@oms/chassis/errors/service-error.ts";
import type { Kernel } from "@oms/data-kernel/client.ts";

const KNOWN_MS = 60_000;

/** The branches the service reads and writes, by the kernel's naming: environment/service/purpose. */
export class Branches {
  /** Where vectors and searchable texts live. */
  readonly embedding: string;
  readonly #kernel: Pick<Kernel, "listBranches" | "createBranch">;
  readonly #ontology: string;
  readonly #now: () => number;
  /** What the kernel listed; taken to be there until `#until`. */
  #known = new Set<string>();
  #until = 0;

  /** `now` in Unix milliseconds. */
  constructor(kernel: Pick<Kernel, "listBranches" | "createBranch">, environment: string, now = Date.now) {
    this.#kernel = kernel;
    this.#now = now;
    this.#ontology = `${environment}/oms/`;
    this.embedding = `${environment}/embedding/main`;
  }

  /** @throws NOT_FOUND on `branch` when OMS has no ontology branch of that name. */
  async requireOntology(branch: string): Promise<void> {
    if (await this.#exists(this.#ontology + branch)) return;
    throw notFound("branch", `branch ${branch} does not exist`);
  }

  /** Creates the embedding branch when it is missing: the service's own act, outside any caller's shadow. */
  async prepare(): Promise<void> {
    await runInContext(newContext({ author: "embedding-service@oms" }), async () => {
      if (await this.#exists(this.embedding)) return;
      await this.#kernel.createBranch({ name: this.embedding });
    });
  }

  async #exists(name: string): Promise<boolean> {
    if (this.#now() < this.#until && this.#known.has(name)) return true;
    this.#known = new Set((await this.#kernel.listBranches()).map(({ name }) => name));
    this.#until = this.#now() + KNOWN_MS;
    return this.#known.has(name);
  }
}
