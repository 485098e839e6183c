/**
 * The data-kernel as everyone sees it. Author, trace, key, deadline and shadow come from the call context
 * (chassis/context). Errors are ServiceErrors with the field; an unknown branch is NOT_FOUND on `branch`.
 *
 * Reads note the first commit read on each branch in `context.reads`. In a shadow call they, and commits, are as
 * of the commit noted there.
 */
export type Kernel = {
  /**
   * All of the writes or none. ABORTED on `preconditions[i]` when one does not hold, ALREADY_EXISTS on `key` when
   * the key was used for another payload, FAILED_PRECONDITION with what schemas, references and policies find,
   * fields as `writes[2].put.body/properties/name`.
   */
  readonly commit: (request: CommitRequest) => Promise<CommitOutcome>;
  /** `at` is a commit id; absent: the head. */
  readonly get: <T>(branch: string, id: string, at?: string) => Promise<Doc<T> | undefined>;
  /** One page of the documents of a type, by id (UTF-8 order). All pages show what the first one read. */
  readonly query: <T>(request: QueryRequest) => Promise<QueryPage<T>>;
  /** All documents of a type, by id, as of one commit, no faster than they are taken. A cut stream goes on elsewhere or is an error. */
  readonly stream: <T>(request: StreamRequest) => AsyncIterable<Doc<T>>;
  /** Commits, newest first. */
  readonly log: (request: LogRequest) => Promise<LogPage>;
  /** The commits that changed one document, newest first; none for one that never was. */
  readonly history: (request: HistoryRequest) => Promise<HistoryPage>;
  /** Commits after one, oldest first, with what each changed. `head` is "" while the branch has no commit. */
  readonly changes: (request: ChangesRequest) => Promise<ChangesPage>;
  /** Idempotent when origin and commit agree, else ALREADY_EXISTS on `name`. Without `origin` it starts empty. */
  readonly createBranch: (request: CreateBranchRequest) => Promise<Branch>;
  readonly listBranches: () => Promise<readonly Branch[]>;
  /** What differs between two moments, of one branch or of two, by id (UTF-8 order). */
  readonly diff: <T>(request: DiffRequest) => Promise<DiffPage<T>>;
  /**
   * Takes the branch back to a commit: those after it, and their keys, are gone. Done already, it answers the same.
   * ABORTED on `head` when it has another; FAILED_PRECONDITION on `to` when a branch started at what would go;
   * UNAVAILABLE on `name` while somebody else rewrites it or its commits have not all been published.
   */
  readonly resetBranch: (request: ResetBranchRequest) => Promise<Branch>;
  /** NOT_FOUND on `name` when it is not there; FAILED_PRECONDITION on `name` when a branch started from it. */
  readonly deleteBranch: (request: DeleteBranchRequest) => Promise<void>;
  /** What the documents of a kernel type must be; undefined when nothing says. `at` is a commit id; absent: the head. */
  readonly getSchema: (branch: string, type: string, at?: string) => Promise<TypeSchema | undefined>;
  /** ABORTED on `revision` when the schema is at another, FAILED_PRECONDITION on `schema` when it is no JSON Schema. */
  readonly updateSchema: (request: UpdateSchemaRequest) => Promise<UpdateSchemaOutcome>;
  /** Resolves when the kernel's store has answered. */
  readonly ready: () => Promise<void>;
  readonly close: () => void;
};

/** `revision` is the id of the commit that last changed the document; "" in the changes of a shadow commit. */
export type Doc<T> = {
  readonly id: string;
  readonly type: string;
  readonly body: T;
  readonly revision: string;
};

/** `put` creates or replaces; `delete` of a document that is not there changes nothing. */
export type Write =
  | { readonly put: { readonly id: string; readonly type: string; readonly body: object } }
  | { readonly delete: string };

/** No such document; the document at this revision; the branch at this head ("" or `beginning`: it has no commit). */
export type Precondition =
  | { readonly absent: string }
  | { readonly revision: { readonly id: string; readonly revision: string } }
  | { readonly head: string };

export type CommitRequest = {
  readonly branch: string;
  readonly message: string;
  /** 1 to 100,000, each document once, each body at most 4 MB, all together 256 MB. */
  readonly writes: readonly Write[];
  readonly preconditions?: readonly Precondition[];
  /** Identity of the commit on its branch. Absent: the key of the call, else a random one. */
  readonly key?: string;
  /** What was asked for, when the writes derive from it and may differ in detail. Absent: a digest of the writes. */
  readonly fingerprint?: string;
};

export type CommitOutcome = {
  /** Undefined in a shadow call: nothing was stored. */
  readonly commit: Commit | undefined;
  readonly changes: readonly Change[];
  /** The key had been committed before: this is the first result, and nothing was written now. */
  readonly repeated: boolean;
};

export type Commit = {
  readonly id: string;
  readonly key: string;
  readonly branch: string;
  readonly author: string;
  readonly message: string;
  readonly traceId: string;
  /** Unix milliseconds; never falls along a branch. */
  readonly timeMs: number;
  /** Rises with every commit of the store. */
  readonly sequence: number;
};

/** `document` is as after the change; for a deletion, as it was. */
export type Change = {
  readonly kind: "created" | "updated" | "deleted";
  readonly document: Doc<unknown>;
};

/** `pageSize` 1 to 1000, absent: 100; a page ends early at 1 MB. */
export type QueryRequest = StreamRequest & {
  /** The highest ids first. */
  readonly descending?: boolean;
  readonly pageSize?: number;
  readonly pageToken?: string;
};
export type QueryPage<T> = {
  readonly documents: readonly Doc<T>[];
  /** Absent on the last page. */
  readonly nextPageToken?: string;
  /** The commit that was read; `beginning` when there was none. */
  readonly at: string;
};

export type StreamRequest = {
  readonly branch: string;
  readonly type: string;
  readonly at?: string;
  /** Only documents whose id starts with it. */
  readonly prefix?: string;
};

export type LogRequest = {
  readonly branch: string;
  readonly at?: string;
  readonly pageSize?: number;
  readonly pageToken?: string;
};
export type LogPage = { readonly commits: readonly Commit[]; readonly nextPageToken?: string };

export type HistoryRequest = LogRequest & { readonly id: string };
export type HistoryPage = {
  readonly entries: readonly { readonly commit: Commit; readonly kind: Change["kind"] }[];
  readonly nextPageToken?: string;
};

export type ChangesRequest = { readonly branch: string; readonly after?: string; readonly limit?: number };
export type ChangesPage = {
  readonly commits: readonly { readonly commit: Commit; readonly changes: readonly Change[] }[];
  readonly head: string;
};

export type CreateBranchRequest = {
  readonly name: string;
  readonly origin?: string;
  readonly at?: string;
  /** Milliseconds after which it is archived and deleted; absent: as the branch policy says. */
  readonly maxAgeMs?: number;
};

/** `head` is "" while there is no commit; `origin` and `originCommit` are "" for a branch that started empty. */
export type Branch = {
  readonly name: string;
  readonly head: string;
  readonly origin: string;
  readonly originCommit: string;
  readonly createdMs: number;
};

/** Absent `at`: the head. `pageSize` 1 to 1000, absent: 100; a page ends early at 4 MB. */
export type Moment = { readonly branch: string; readonly at?: string };
export type DiffRequest = {
  readonly from: Moment;
  readonly to: Moment;
  readonly pageSize?: number;
  readonly pageToken?: string;
};
export type DiffPage<T> = {
  readonly differences: readonly Difference<T>[];
  /** Absent on the last page. */
  readonly nextPageToken?: string;
  /** The commits compared; `beginning` before any. */
  readonly from: string;
  readonly to: string;
};
/** Its type or body is not the same; undefined where there is no document. */
export type Difference<T> = {
  readonly id: string;
  readonly before: Doc<T> | undefined;
  readonly after: Doc<T> | undefined;
};

/** `to` is a commit of the branch or `beginning`. `head`: what the branch must have; absent: whichever it is. */
export type ResetBranchRequest = { readonly name: string; readonly to: string; readonly head?: string };
export type DeleteBranchRequest = { readonly name: string; readonly head?: string };

/** The texts at `pointer` (RFC 6901; `*`: every member or item), after `prefix`, are ids of documents that must exist. */
export type Reference = { readonly pointer: string; readonly prefix: string };

/** `schema` is a JSON Schema 2020-12; `revision` the id of the commit that last changed it. */
export type TypeSchema = {
  readonly type: string;
  readonly schema: object;
  readonly references: readonly Reference[];
  readonly revision: string;
};

export type UpdateSchemaRequest = Pick<CommitRequest, "branch" | "message" | "key"> & {
  readonly type: string;
  readonly schema: object;
  readonly references?: readonly Reference[];
  /** What it must be at. Absent: anything, also nothing. */
  readonly revision?: string;
};
export type UpdateSchemaOutcome = Pick<CommitOutcome, "commit" | "repeated">;
