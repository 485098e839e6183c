import { notFound, ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Kernel, Branch as KernelBranch } from "@oms/data-kernel/client.ts";
import { z } from "zod";
import { commitId } from "./commit-id.ts";

/** A branch's name is one part of the kernel's. */
export const newBranch = z.strictObject({
  name: z
    .string()
    .max(100)
    .regex(
      /^[a-z0-9][a-z0-9._-]*$/,
      "must be a lower-case letter or digit followed by lower-case letters, digits and ._-",
    ),
  origin: z.string().min(1).max(100).default("main"),
  /** Commit of the origin; absent: its newest. */
  at: commitId.exactOptional(),
});

export type NewBranch = z.infer<typeof newBranch>;

/** `head` is absent while there is no commit, `origin` and `originCommit` for a branch that began empty. */
export type Branch = {
  readonly name: string;
  readonly head?: string;
  readonly origin?: string;
  readonly originCommit?: string;
  /** ISO 8601. */
  readonly created: string;
};

/** The branches of the ontology: each begins as a copy of another, and goes its own way. */
export class Branches {
  readonly #kernel: Pick<Kernel, "listBranches" | "createBranch">;
  readonly #prefix: string;
  readonly #created: (name: string) => void;

  /** `created` is told of every new branch. */
  constructor(
    kernel: Pick<Kernel, "listBranches" | "createBranch">,
    env: string,
    created: (name: string) => void,
  ) {
    this.#kernel = kernel;
    this.#prefix = `${env}/oms/`;
    this.#created = created;
  }

  /** By name. */
  async list(): Promise<Branch[]> {
    const branches = await this.#kernel.listBranches();
    return branches.filter(({ name }) => name.startsWith(this.#prefix)).map((branch) => this.#shown(branch));
  }

  /**
   * Creates a branch, or answers the one that is there when it began the same way. ALREADY_EXISTS on `name` when it
   * did not, NOT_FOUND on `origin` or `at`.
   */
  async create({ name, origin, at }: NewBranch): Promise<{ branch: Branch; created: boolean }> {
    const known = (await this.list()).some((branch) => branch.name === name);
    const asked = {
      name: this.#prefix + name,
      origin: this.#prefix + origin,
      ...(at !== undefined && { at }),
    };
    try {
      const branch = this.#shown(await this.#kernel.createBranch(asked));
      if (!known) this.#created(name);
      return { branch, created: !known };
    } catch (error) {
      throw inOurWords(error, origin);
    }
  }

  #shown({ name, head, origin, originCommit, createdMs }: KernelBranch): Branch {
    return {
      name: name.slice(this.#prefix.length),
      ...(head !== "" && { head }),
      ...(origin !== "" && { origin: origin.slice(this.#prefix.length) }),
      ...(originCommit !== "" && { originCommit }),
      created: new Date(createdMs).toISOString(),
    };
  }
}

/** The caller knows the origin by the ontology's name. */
function inOurWords(error: unknown, origin: string): unknown {
  const aboutOrigin =
    error instanceof ServiceError && error.violations.some(({ field }) => field === "origin");
  return aboutOrigin ? notFound("origin", `branch ${origin} does not exist`) : error;
}
