import { createHash } from "node:crypto";
import { currentContext } from "@oms/chassis/context/context.ts";
import { notFound, ServiceError, type Violation } from "@oms/chassis/errors/service-error.ts";
import type {
  Change,
  Doc,
  HistoryPage,
  Kernel,
  Precondition,
  QueryPage,
  Write,
} from "@oms/data-kernel/client.ts";
import { inCallersWords } from "./findings.ts";

/** What a writer knows of the document it writes. */
export type Expectation = "anything" | "absent" | { readonly revision: string };

/** One document written or deleted, together with what must still hold then. */
export type Edit = {
  readonly message: string;
  readonly id: string;
  readonly write: Write;
  /** Written along with it, because it follows from it. */
  readonly along?: readonly Write[];
  readonly expects: Expectation;
  /** What a caller is told who expects it absent, and it is not. */
  readonly taken?: Violation;
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

/** `at`: as of that commit. */
export type PageRequest = { readonly pageSize?: number; readonly pageToken?: string; readonly at?: string };

/** The part of the kernel that documents are read and written by. */
type Store = Pick<Kernel, "get" | "query" | "history" | "commit">;

/** The documents of the ontology branch that the running call is about. */
export class Documents {
  readonly #kernel: Store;
  readonly #env: string;

  constructor(kernel: Store, env: string) {
    this.#kernel = kernel;
    this.#env = env;
  }

  /** `at`: as of that commit. NOT_FOUND on `at` when the branch does not have it. */
  get<T>(id: string, at?: string): Promise<Doc<T> | undefined> {
    return named(this.#kernel.get<T>(this.#branch(), id, at));
  }

  /** One page of the documents of a kernel type, by id. */
  page<T>(type: string, page: PageRequest): Promise<QueryPage<T>> {
    return named(this.#kernel.query<T>({ branch: this.#branch(), type, ...page }));
  }

  /** Every document of a kernel type as it now is, by id. */
  async *all<T>(type: string): AsyncIterable<Doc<T>> {
    let pageToken: string | undefined;
    do {
      const page = await this.page<T>(type, {
        pageSize: 1000,
        ...(pageToken !== undefined && { pageToken }),
      });
      yield* page.documents;
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
  }

  /** The commits that changed a document, newest first. */
  history(id: string, page: PageRequest): Promise<HistoryPage> {
    return named(this.#kernel.history({ branch: this.#branch(), id, ...page }));
  }

  /**
   * Commits `edit` under the caller's key and says what became of its document; undefined when that was not there.
   * ALREADY_EXISTS or ABORTED when its expectation does not hold, Overtaken when its basis does not,
   * FAILED_PRECONDITION with what the kernel's hooks find.
   */
  async commit(edit: Edit): Promise<Change | undefined> {
    const expected = expectationOf(edit);
    try {
      const { changes } = await named(
        this.#kernel.commit({
          branch: this.#branch(),
          message: edit.message,
          writes: [edit.write, ...(edit.along ?? [])],
          preconditions: [...expected, ...(edit.basis ?? [])],
          fingerprint: fingerprintOf(edit),
        }),
      );
      return changes.find(({ document }) => document.id === edit.id);
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
function refusal(error: unknown, { expects, taken }: Edit, expectations: number): unknown {
  if (!(error instanceof ServiceError)) return error;
  const fields = error.violations.map(({ field }) => field);
  if (error.code === "ALREADY_EXISTS" && fields.includes("key"))
    return violation("ALREADY_EXISTS", { field: "idempotency-key", message: "was used for another request" });
  if (error.code === "FAILED_PRECONDITION") return inCallersWords(error);
  if (error.code !== "ABORTED") return error;
  if (expectations === 0 || !fields.includes("preconditions[0]")) return new Overtaken("", { cause: error });
  return expects === "absent"
    ? violation("ALREADY_EXISTS", taken ?? { field: "id", message: "exists already" })
    : violation("ABORTED", { field: "if-match", message: "is not the current revision" });
}

function violation(code: "ALREADY_EXISTS" | "ABORTED", one: Violation): ServiceError {
  return new ServiceError(code, `${one.field} ${one.message}`, [one]);
}

/** That a document is as it was read, or still not there. */
export function unchanged(id: string, document: Pick<Doc<unknown>, "revision"> | undefined): Precondition {
  return document ? { revision: { id, revision: document.revision } } : { absent: id };
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
