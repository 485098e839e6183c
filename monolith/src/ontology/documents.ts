import { createHash } from "node:crypto";
import { currentContext } from "@oms/chassis/context/context.ts";
import { notFound, ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Change, Doc, Kernel, Precondition, QueryPage, Write } from "@oms/data-kernel/client.ts";

/** What a writer knows of the document it writes. */
export type Expectation = "anything" | "absent" | { readonly revision: string };

/** One document written or deleted, together with what must still hold then. */
export type Edit = {
  readonly message: string;
  readonly id: string;
  readonly write: Write;
  readonly expects: Expectation;
  /** What the edit was decided on. When it no longer holds the edit is `Overtaken`. */
  readonly basis?: readonly Precondition[];
};

/** Another writer changed what an edit was decided on: decide again. */
class Overtaken extends Error {
  override readonly name = "Overtaken";
}

/** A document after a write. */
export type Saved<T> = {
  readonly value: T;
  readonly revision: string;
  readonly created: boolean;
};

export type PageRequest = { readonly pageSize?: number; readonly pageToken?: string };

/** The documents of the ontology branch that the running call is about. */
export class Documents {
  readonly #kernel: Pick<Kernel, "get" | "query" | "commit">;
  readonly #env: string;

  constructor(kernel: Pick<Kernel, "get" | "query" | "commit">, env: string) {
    this.#kernel = kernel;
    this.#env = env;
  }

  get<T>(id: string): Promise<Doc<T> | undefined> {
    return named(this.#kernel.get<T>(this.#branch(), id));
  }

  /** One page of the documents of a kernel type, by id. */
  page<T>(type: string, page: PageRequest): Promise<QueryPage<T>> {
    return named(this.#kernel.query<T>({ branch: this.#branch(), type, ...page }));
  }

  /**
   * Commits `edit` under the caller's key and says what it changed; undefined when it changed nothing.
   * ALREADY_EXISTS or ABORTED when its expectation does not hold, Overtaken when its basis does not.
   */
  async commit(edit: Edit): Promise<Change | undefined> {
    const expected = expectationOf(edit);
    try {
      const { changes } = await named(
        this.#kernel.commit({
          branch: this.#branch(),
          message: edit.message,
          writes: [edit.write],
          preconditions: [...expected, ...(edit.basis ?? [])],
          fingerprint: fingerprintOf(edit),
        }),
      );
      return changes[0];
    } catch (error) {
      throw refusal(error, edit, expected.length);
    }
  }

  #branch(): string {
    return `${this.#env}/oms/${currentContext().branch}`;
  }
}

const ATTEMPTS = 5;

/** Decides and commits again while other writers come first; ABORTED when they always do. */
export async function untilSettled<R>(edit: () => Promise<R>): Promise<R> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      return await edit();
    } catch (error) {
      if (!(error instanceof Overtaken)) throw error;
    }
  }
  throw new ServiceError("ABORTED", "others keep writing here first: try again");
}

function expectationOf({ id, expects }: Edit): Precondition[] {
  if (expects === "anything") return [];
  return expects === "absent" ? [{ absent: id }] : [{ revision: { id, revision: expects.revision } }];
}

/** The basis is left out: what was asked for stays the same when it is decided again. */
function fingerprintOf({ message, write, expects }: Edit): string {
  return createHash("sha256").update(JSON.stringify({ message, write, expects })).digest("hex");
}

/** The kernel's refusal in the words of the caller's request. */
function refusal(error: unknown, { expects }: Edit, expectations: number): unknown {
  if (!(error instanceof ServiceError)) return error;
  const fields = error.violations.map(({ field }) => field);
  if (error.code === "ALREADY_EXISTS" && fields.includes("key"))
    return violation("ALREADY_EXISTS", "idempotency-key", "was used for another request");
  if (error.code !== "ABORTED") return error;
  if (expectations === 0 || !fields.includes("preconditions[0]")) return new Overtaken("", { cause: error });
  return expects === "absent"
    ? violation("ALREADY_EXISTS", "id", "exists already")
    : violation("ABORTED", "if-match", "is not the current revision");
}

function violation(code: "ALREADY_EXISTS" | "ABORTED", field: string, message: string): ServiceError {
  return new ServiceError(code, `${field} ${message}`, [{ field, message }]);
}

/** The caller knows its branch by the ontology's name, not by the kernel's. */
async function named<R>(answer: Promise<R>): Promise<R> {
  try {
    return await answer;
  } catch (error) {
    const absent = error instanceof ServiceError && error.code === "NOT_FOUND";
    if (!absent || !error.violations.some(({ field }) => field === "branch")) throw error;
    throw notFound("branch", `branch ${currentContext().branch} does not exist`);
  }
}
