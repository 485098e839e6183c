import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { notFound } from "@oms/chassis/errors/service-error.ts";
import type { Kernel } from "@oms/data-kernel/client.ts";

/** The branches the service reads and writes, by the kernel's naming: environment/service/purpose. */
export class Branches {
  /** Where vectors and searchable texts live. */
  readonly embedding: string;
  readonly #kernel: Kernel;
  readonly #ontology: string;
  /** Branches are never removed, so one seen once stays. */
  readonly #seen = new Set<string>();

  constructor(kernel: Kernel, environment: string) {
    this.#kernel = kernel;
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
    if (this.#seen.has(name)) return true;
    for (const branch of await this.#kernel.listBranches()) this.#seen.add(branch.name);
    return this.#seen.has(name);
  }
}
