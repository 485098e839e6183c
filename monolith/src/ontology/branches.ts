import { notFound, ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { CreateBranchRequest, Kernel, Branch as KernelBranch } from "@oms/data-kernel/client.ts";
import { z } from "zod";
import type { Events, NewEvent } from "../core/event-publisher/port.ts";
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

export type BranchesParts = {
  readonly kernel: Pick<Kernel, "listBranches" | "createBranch">;
  /** First part of every kernel branch. */
  readonly env: string;
  readonly events: Pick<Events, "publish">;
  /** Is told of every new branch. */
  readonly created: (name: string) => void;
};

/** The branches of the ontology: each begins as a copy of another, and goes its own way. */
export class Branches {
  readonly #parts: BranchesParts;
  readonly #prefix: string;

  constructor(parts: BranchesParts) {
    this.#parts = parts;
    this.#prefix = `${parts.env}/oms/`;
  }

  /** By name. */
  async list(): Promise<Branch[]> {
    const branches = await this.#parts.kernel.listBranches();
    return branches.filter(({ name }) => name.startsWith(this.#prefix)).map((branch) => this.#shown(branch));
  }

  /**
   * Creates a branch, or answers the one that is there when it began the same way, and publishes that it was created.
   * ALREADY_EXISTS on `name` when it did not, NOT_FOUND on `origin` or `at`.
   */
  async create({ name, origin, at }: NewBranch): Promise<{ branch: Branch; created: boolean }> {
    const known = (await this.list()).some((branch) => branch.name === name);
    const asked = {
      name: this.#prefix + name,
      origin: this.#prefix + origin,
      ...(at !== undefined && { at }),
    };
    const branch = this.#shown(await this.#create(asked, origin));
    if (!known) this.#parts.created(name);
    // Also of a branch that was there: whoever created it may have been stopped before this.
    await this.#parts.events.publish(createdEvent(branch));
    return { branch, created: !known };
  }

  async #create(asked: CreateBranchRequest, origin: string): Promise<KernelBranch> {
    try {
      return await this.#parts.kernel.createBranch(asked);
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

/** The same event for the same branch, however often it is told of: its head, which moves, is not part of it. */
function createdEvent({ head: _, ...branch }: Branch): NewEvent {
  const { name, created } = branch;
  return {
    type: "oms.branches.branch.created",
    id: `${name}/${Date.parse(created)}`,
    subject: name,
    time: created,
    datacontenttype: "application/json",
    data: branch,
  };
}

/** The caller knows the origin by the ontology's name. */
function inOurWords(error: unknown, origin: string): unknown {
  const aboutOrigin =
    error instanceof ServiceError && error.violations.some(({ field }) => field === "origin");
  return aboutOrigin ? notFound("origin", `branch ${origin} does not exist`) : error;
}
