import { type ErrorCode, internal, ServiceError } from "@oms/chassis/errors/service-error.ts";

/** What kind of answer an `api:error` is, by its `@type`: 400 stands for nearly all of them. */
export const CODES: Readonly<Record<string, ErrorCode>> = {
  "api:BadAPIDocumentErrorResponse": "INVALID_ARGUMENT",
  "api:BadCast": "INVALID_ARGUMENT",
  "api:BadDataVersion": "INVALID_ARGUMENT",
  "api:BadDescriptorPath": "INVALID_ARGUMENT",
  "api:BadParameterType": "INVALID_ARGUMENT",
  "api:BranchDoesNotExistError": "NOT_FOUND",
  "api:BranchExistsError": "ALREADY_EXISTS",
  "api:BranchMainDeletionError": "FAILED_PRECONDITION",
  "api:CanNotReplaceImmutable": "FAILED_PRECONDITION",
  "api:CommitQueueTimeout": "UNAVAILABLE",
  "api:CommitRejected": "ABORTED",
  "api:DataVersionMismatch": "ABORTED",
  "api:DatabaseAlreadyExists": "ALREADY_EXISTS",
  "api:DatabaseNotFinalized": "UNAVAILABLE",
  "api:DocumentAccessImpossible": "FAILED_PRECONDITION",
  "api:DocumentIdAlreadyExists": "ALREADY_EXISTS",
  "api:DocumentNotFound": "NOT_FOUND",
  "api:ElaborationStale": "ABORTED",
  "api:HistoryDivergedError": "FAILED_PRECONDITION",
  "api:IncorrectAuthenticationError": "UNAUTHENTICATED",
  "api:InvalidResourcePath": "INVALID_ARGUMENT",
  "api:LabelVersionChanged": "ABORTED",
  "api:MissingParameter": "INVALID_ARGUMENT",
  "api:MissingTargets": "INVALID_ARGUMENT",
  "api:NoCommonHistoryError": "FAILED_PRECONDITION",
  "api:NotASourceBranchDescriptorError": "INVALID_ARGUMENT",
  "api:NotLocalRepositoryError": "INVALID_ARGUMENT",
  "api:NotValidRefError": "NOT_FOUND",
  "api:OriginBranchDoesNotExist": "NOT_FOUND",
  "api:PatchConflict": "ABORTED",
  "api:QueryInvalidFormat": "INVALID_ARGUMENT",
  "api:QueryMissingType": "INVALID_ARGUMENT",
  "api:RemoteDiverged": "FAILED_PRECONDITION",
  "api:RequiredFieldsMissing": "INVALID_ARGUMENT",
  "api:RequiredKeyFieldMissing": "INVALID_ARGUMENT",
  "api:ResourceHasNoHistory": "INVALID_ARGUMENT",
  "api:SameDocumentIdsMutatedInOneTransaction": "INVALID_ARGUMENT",
  "api:SchemaCheckFailure": "FAILED_PRECONDITION",
  "api:SubmittedIdDoesNotMatchGeneratedId": "INVALID_ARGUMENT",
  "api:TypeNotFound": "INVALID_ARGUMENT",
  "api:UnknownDatabase": "NOT_FOUND",
  "api:UnknownOrganizationName": "NOT_FOUND",
  "api:UnknownOriginDatabase": "NOT_FOUND",
  "api:UnrecognizedProperty": "INVALID_ARGUMENT",
  "api:UnresolvableAbsoluteDescriptor": "NOT_FOUND",
  "api:UnresolvableCommitId": "NOT_FOUND",
  "api:WOQLSchemaCheckFailure": "FAILED_PRECONDITION",
};

/** For the errors that carry no type at all. */
const BY_STATUS: ReadonlyMap<number, ErrorCode> = new Map([
  [401, "UNAUTHENTICATED"],
  [403, "PERMISSION_DENIED"],
  [404, "NOT_FOUND"],
  [408, "DEADLINE_EXCEEDED"],
  [409, "ABORTED"],
  [502, "UNAVAILABLE"],
  [503, "UNAVAILABLE"],
  [504, "UNAVAILABLE"],
]);

const RETRIES_USED_UP = /^Transaction retry count exceeded/;

/** What the server said no with, or that it said nothing. The text is for the log: no caller of ours knows it. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly code: ErrorCode;
  /** `api:error.@type`; "" when there is none. */
  readonly type: string;

  constructor(code: ErrorCode, type: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.type = type;
  }

  /** The server did not get to an answer: what was asked may have happened or not. */
  get isFailure(): boolean {
    return this.code === "UNAVAILABLE" || this.code === "DEADLINE_EXCEEDED" || this.code === "INTERNAL";
  }
}

/** The error in a reply that is not a success, of whatever shape. */
export function refusalOf(status: number, body: unknown): Refused {
  const reply = recordOf(body);
  const type = textOf(recordOf(reply["api:error"])["@type"]) || textOf(reply["@type"]);
  const message = textOf(reply["api:message"]);
  const said = `TerminusDB answered ${status} ${type} ${message}`.trimEnd();
  if (RETRIES_USED_UP.test(message)) return new Refused("ABORTED", type, said);
  const code = CODES[type] ?? BY_STATUS.get(status) ?? (status < 500 ? "INVALID_ARGUMENT" : "INTERNAL");
  return new Refused(code, type, said);
}

/**
 * What the kernel's callers are told of an error that no method had a meaning for. The server's quarrels with the
 * kernel are not theirs: wrong credentials of ours must not read as wrong credentials of theirs.
 */
export function toServiceError(error: unknown): unknown {
  if (!(error instanceof Refused)) return error;
  if (error.isFailure) return unavailable("the store cannot be reached", error);
  if (error.code === "ABORTED") return unavailable("the store is busy", error);
  if (error.code === "UNAUTHENTICATED" || error.code === "PERMISSION_DENIED") {
    return unavailable("the store refuses the kernel", error);
  }
  return internal(error);
}

function unavailable(message: string, cause: Refused): ServiceError {
  return new ServiceError("UNAVAILABLE", message, [], cause);
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
