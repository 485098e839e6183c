/** An answer that is no success: what the handler throws. */
export class Problem extends Error {
  readonly status: number;
  readonly body: object;

  constructor(status: number, body: object) {
    super(JSON.stringify(body));
    this.status = status;
    this.body = body;
  }
}

/** The usual shape (contract sheet, 2): nearly everything is 400, and only `api:error.@type` tells what it is. */
export function problem(operation: string, type: string, fields: object = {}, status = 400): Problem {
  return new Problem(status, {
    "@type": `api:${operation}ErrorResponse`,
    "api:status": statusName(status),
    "api:error": { "@type": `api:${type}`, ...fields },
    "api:message": `${type} in ${operation}`,
    "api:request_id": "double",
  });
}

/** Errors without `@type` and `api:error` (contract sheet, 0.6 and 2). */
export function bareProblem(status: number, message: string): Problem {
  return new Problem(status, { "api:status": statusName(status), "api:message": message });
}

function statusName(status: number): string {
  const names: Record<number, string> = {
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    500: "server_error",
  };
  return `api:${names[status] ?? "failure"}`;
}
