/**
 * Where commits are kept: the same to the kernel whether SQLite or a server is behind it. Requests are valid
 * (request.ts has seen them). A commit is named by its id; `at` and `after` also take "" (the head; the start) and
 * BEGINNING. Every method throws ServiceError: NOT_FOUND on `branch`, `at`, `after` or `origin` for what the branch
 * does not know, UNAVAILABLE while the store cannot be reached or written.
 */
export type Store = {
  /**
   * In one transaction: the key (ALREADY_EXISTS on `key` with another fingerprint, the first result with the same),
   * then the preconditions (ABORTED on `preconditions[i]`), then the hooks (FAILED_PRECONDITION with their findings),
   * then the writes. Resolves when it is on disk.
   */
  readonly commit: (request: StoreCommit) => Promise<Committed>;
  /** What the commit would change as of `at`; the key is not looked at, nothing is written. */
  readonly evaluate: (request: StoreCommit & { readonly at: string }) => Promise<Committed>;
  /** Room for the writes of a commit that is more than one message holds, to be committed or evaluated by `mode`. */
  readonly stage: (mode: "live" | "shadow") => Staging;
  readonly get: (request: GetRequest) => Promise<GetReply>;
  readonly query: (request: PageOfType) => Promise<QueryReply>;
  readonly log: (request: LogRequest) => Promise<LogReply>;
  readonly history: (request: HistoryRequest) => Promise<HistoryReply>;
  readonly changes: (request: ChangesRequest) => Promise<ChangesReply>;
  /** ALREADY_EXISTS on `name` when it is there with another origin or commit. */
  readonly createBranch: (request: NewBranch) => Promise<Branch>;
  /** What createBranch would answer; nothing is written. */
  readonly evaluateBranch: (request: NewBranch) => Promise<Branch>;
  readonly listBranches: () => Promise<Branch[]>;
  /** What differs between two moments, of one branch or of two. NOT_FOUND on `from.…` or `to.…`. */
  readonly diff: (request: DiffRequest) => Promise<DiffReply>;
  /**
   * Its commits and their keys are gone. NOT_FOUND on `name`; UNAVAILABLE on `name` while somebody else holds it
   * frozen; ABORTED on `head` when it has another; FAILED_PRECONDITION on `name` while it is a branch's origin.
   */
  readonly deleteBranch: (request: Deletion) => Promise<void>;
  /**
   * Takes the branch back to `to`, a commit it knows or BEGINNING: the commits after it, and their keys, are gone.
   * Back before its origin's commit, it starts there. Repeated it answers the same. NOT_FOUND on `name` or `to`;
   * UNAVAILABLE and ABORTED like deleteBranch; FAILED_PRECONDITION on `to` while a branch starts at a commit that
   * would go.
   */
  readonly resetBranch: (request: Reset) => Promise<Branch>;
  /** What deleteBranch and resetBranch would answer; nothing is written. */
  readonly evaluateDeletion: (request: Deletion) => Promise<void>;
  readonly evaluateReset: (request: Reset) => Promise<Branch>;
  /**
   * Until `untilMs`, MAX_FREEZE_MS ahead at most, only who has the token may rewrite the branch, and nobody commits to
   * it: UNAVAILABLE on `branch`.
   * Again with the same token it moves the end. NOT_FOUND on `name`; UNAVAILABLE on `name` when it is frozen with
   * another token.
   */
  readonly freezeBranch: (request: FreezeRequest) => Promise<void>;
  /** Ends the token's freeze; where there is none, nothing happens. */
  readonly thawBranch: (request: Thaw) => Promise<void>;
  /** A state is what the kernel keeps for itself, beside the branches and without a history. */
  readonly readState: (name: string) => Promise<State | undefined>;
  /** False, and nothing written, when the state is not at `version`. */
  readonly writeState: (request: StateWrite) => Promise<boolean>;
  /** Those whose name starts with `prefix`, by UTF-8 bytes of the name. */
  readonly listStates: (prefix: string) => Promise<NamedState[]>;
  /**
   * In one transaction: the key (as in commit, on the branch of `record`), then the masks, a commit of the masked
   * documents on every branch that shows them, so that followers learn, and the record. NOT_FOUND on `branch`.
   */
  readonly redact: (request: RedactRequest) => Promise<Redacted>;
  /** What the redaction would do; the key is not looked at, nothing is written. */
  readonly evaluateRedaction: (request: RedactRequest) => Promise<Redacted>;
  /** What a branch, as of a commit, keeps for itself and what it shares with its origins. */
  readonly cost: (request: Moment) => Promise<Ownership>;
  /** Commits as `changes` has them, with what else `importCommits` needs to make them again. */
  readonly exportCommits: (request: ChangesRequest) => Promise<ExportReply>;
  /**
   * Makes exported commits again, ids, keys and times included, on a branch whose head is `after`; those that are
   * there already are passed over. ABORTED on `after` when the head is another; ALREADY_EXISTS on `commits` when
   * another branch has one of them.
   */
  readonly importCommits: (request: ImportRequest) => Promise<void>;
  /** ALREADY_EXISTS on `to`. States that speak of the branch are not the store's to rename. */
  readonly renameBranch: (request: Renaming) => Promise<void>;
  /** Resolves when the store has answered a query. */
  readonly check: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** `body` is the text of a JSON object, kept byte for byte. `revision` is the commit that last changed it. */
export type Document = {
  readonly id: string;
  readonly type: string;
  readonly body: string;
  readonly revision: string;
};

export type Write =
  | { readonly put: { readonly id: string; readonly type: string; readonly body: string } }
  | { readonly delete: string };

export type Precondition =
  | { readonly absent: string }
  | { readonly revision: { readonly id: string; readonly revision: string } }
  | { readonly head: string };

/** A commit but for its writes. */
export type CommitTerms = {
  readonly branch: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly author: string;
  /** Service of the authenticated caller, for the policies to judge by; it is not kept. */
  readonly caller?: string;
  readonly message: string;
  readonly traceId: string;
  /** Unix milliseconds; the stored time is never before the head's. */
  readonly timeMs: number;
  readonly preconditions: readonly Precondition[];
};

export type StoreCommit = CommitTerms & { readonly writes: readonly Write[] };

/** Writes on their way in, which nobody sees; nothing of them is left when the store's process ends. */
export type Staging = {
  /** Appends. INVALID_ARGUMENT on `writes[n].put.id` or `writes[n].delete` for a document that is there already. */
  readonly add: (writes: readonly Write[]) => Promise<void>;
  /** `Store.commit` of what was added. */
  readonly commit: (terms: CommitTerms) => Promise<Committed>;
  /** `Store.evaluate` of what was added, without the first `skip` of its changes. */
  readonly evaluate: (
    terms: CommitTerms & { readonly at: string; readonly skip: number },
  ) => Promise<Committed>;
  readonly discard: () => Promise<void>;
};

export type Commit = {
  readonly id: string;
  readonly key: string;
  readonly branch: string;
  readonly author: string;
  readonly message: string;
  readonly traceId: string;
  readonly timeMs: number;
  readonly sequence: number;
};

/** After the change; for a deletion, as it was. */
export type Change = {
  readonly kind: "created" | "updated" | "deleted";
  readonly document: Document;
};

export type Committed = {
  /** Undefined when it was only evaluated. */
  readonly commit: Commit | undefined;
  /** As many as PAGE_BYTES holds; `changes` tells all of them. */
  readonly changes: Change[];
  readonly more: boolean;
  readonly repeated: boolean;
  /** The commit it was evaluated on. */
  readonly at: string;
};

export type GetRequest = { readonly branch: string; readonly id: string; readonly at: string };
export type GetReply = { readonly document: Document | undefined; readonly at: string };

/**
 * Documents of a type whose id starts with `prefix`, by UTF-8 bytes of the id, from behind `afterId` on ("": from the
 * start, or with `descending` from the end): `limit` at most, fewer at PAGE_BYTES.
 */
export type PageOfType = {
  readonly branch: string;
  readonly type: string;
  readonly at: string;
  readonly prefix: string;
  readonly descending: boolean;
  readonly afterId: string;
  readonly limit: number;
};
export type QueryReply = {
  readonly documents: Document[];
  readonly more: boolean;
  readonly at: string;
};

/** Commits newest first, from `at`, below `beforeSequence`. */
export type LogRequest = {
  readonly branch: string;
  readonly at: string;
  readonly beforeSequence: number;
  readonly limit: number;
};
export type LogReply = { readonly commits: Commit[]; readonly more: boolean; readonly at: string };

/** The commits that changed one document, as `LogRequest` names them. */
export type HistoryRequest = LogRequest & { readonly id: string };
export type HistoryReply = {
  readonly entries: { readonly commit: Commit; readonly kind: Change["kind"] }[];
  readonly more: boolean;
  readonly at: string;
};

/**
 * Commits oldest first, after `after`, up to `at`: `limit` at most, fewer at PAGE_BYTES. The first `skip` changes of
 * the first commit are left out.
 */
export type ChangesRequest = {
  readonly branch: string;
  readonly after: string;
  readonly skip?: number;
  readonly at: string;
  readonly limit: number;
};
export type ChangesReply = {
  readonly commits: { readonly commit: Commit; readonly changes: Change[] }[];
  /** There is one commit, with changes beyond these: `skip` goes on. */
  readonly more: boolean;
  /** The commit `at` stands for; "" when there is none. */
  readonly head: string;
};

/** `origin` "": an empty branch. `at` "": the origin's head. */
export type NewBranch = {
  readonly name: string;
  readonly origin: string;
  readonly at: string;
  readonly timeMs: number;
};
export type Branch = {
  readonly name: string;
  readonly head: string;
  readonly origin: string;
  readonly originCommit: string;
  readonly createdMs: number;
};

/** `at`: a commit id, "" the head, BEGINNING. */
export type Moment = { readonly branch: string; readonly at: string };

/** Documents with an id after `afterId`, by UTF-8 bytes: `limit` at most, fewer at PAGE_BYTES. */
export type DiffRequest = {
  readonly from: Moment;
  readonly to: Moment;
  readonly afterId: string;
  readonly limit: number;
};
/** `from` and `to` are the commits that were compared. */
export type DiffReply = {
  readonly differences: Difference[];
  readonly more: boolean;
  readonly from: string;
  readonly to: string;
};
/** One document whose type or body is not the same; undefined where there is none. */
export type Difference = {
  readonly id: string;
  readonly before: Document | undefined;
  readonly after: Document | undefined;
};

/**
 * `head` "": whichever it is; BEGINNING: the branch has no commit. `token` is that of the freeze it is done under,
 * "" without one; `nowMs` tells whether somebody else's freeze still counts.
 */
export type Deletion = {
  readonly name: string;
  readonly head: string;
  readonly token: string;
  readonly nowMs: number;
};
export type Reset = Deletion & { readonly to: string };

export type FreezeRequest = {
  readonly name: string;
  readonly token: string;
  readonly untilMs: number;
  readonly nowMs: number;
};
export type Thaw = { readonly name: string; readonly token: string };

/** `version` is another after every write, and never one the name had before. */
export type State = { readonly value: string; readonly version: number };
export type NamedState = State & { readonly name: string };
/** `value` undefined removes. `version` is what was read; 0: the state must be absent. */
export type StateWrite = {
  readonly name: string;
  readonly value: string | undefined;
  readonly version: number;
};

/**
 * Masks `fields` (JSON Pointers, see governance/mask.ts) in every version, on the branch's whole history, of the
 * `documents` by id and of all documents of `types`.
 */
export type RedactRequest = {
  readonly branch: string;
  readonly documents: readonly string[];
  readonly types: readonly string[];
  readonly fields: readonly string[];
  readonly key: string;
  readonly fingerprint: string;
  readonly author: string;
  readonly reason: string;
  readonly traceId: string;
  /** Unix milliseconds. */
  readonly timeMs: number;
};

export type Redacted = {
  readonly documents: number;
  /** Of those documents: how many states of theirs have changed. */
  readonly versions: number;
  /** Every branch that showed one of them. */
  readonly branches: readonly string[];
  /** Branches whose own versions of those documents still show a field: they need a redaction of their own. */
  readonly elsewhere: readonly string[];
  readonly repeated: boolean;
  /** What can still be read in spite of it, in sentences. */
  readonly remains: readonly string[];
};

/** `bytes`: UTF-8 bytes of all bodies. */
export type Cost = { readonly commits: number; readonly versions: number; readonly bytes: number };
export type Ownership = { readonly own: Cost; readonly shared: Cost };

/** One whole commit, or with `more` of its page a part of one. */
export type Exported = {
  readonly commit: Commit;
  readonly fingerprint: string;
  readonly changes: readonly Change[];
};
export type ExportReply = Omit<ChangesReply, "commits"> & { readonly commits: Exported[] };
/** `commits` oldest first. A part of a commit goes on with `after` as at its first part. */
export type ImportRequest = {
  readonly branch: string;
  readonly after: string;
  readonly commits: readonly Exported[];
};
export type Renaming = { readonly name: string; readonly to: string };
