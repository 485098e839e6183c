import { toProblem } from "@oms/chassis/errors/problem.ts";
import { internal, invalid, ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Logger } from "@oms/chassis/log.ts";
import { GraphQLError } from "graphql";
import type { Plugin } from "graphql-yoga";

/**
 * Errors as callers may see them: REST's problem, its title and violations in `extensions` as `code` and
 * `violations`. What GraphQL itself refuses is INVALID_ARGUMENT on `query`. Anything else is INTERNAL without its
 * text, and a line in our log.
 */
export function problems(logger: Logger): Plugin {
  return {
    onResultProcess({ result, setResult }) {
      if (Array.isArray(result) || !("errors" in result) || !result.errors) return;
      setResult({ ...result, errors: result.errors.map((error) => shown(error, logger)) });
    },
  };
}

function shown(error: GraphQLError, logger: Logger): GraphQLError {
  const known = serviceErrorOf(error);
  if (known.code === "INTERNAL") logger.error({ err: known.cause ?? known }, "a GraphQL field failed");
  const { title: code, detail, errors: violations } = toProblem(known);
  const { nodes, source, positions, path } = error;
  const { http } = error.extensions;
  const extensions = { code, violations, ...(http && { http }) };
  return new GraphQLError(detail, { nodes, source, positions, path, extensions });
}

function serviceErrorOf(error: GraphQLError): ServiceError {
  const cause: unknown = error.originalError;
  if (cause === undefined || cause === null) return invalid("query", error.message);
  if (cause instanceof GraphQLError) return serviceErrorOf(cause);
  return cause instanceof ServiceError ? cause : internal(cause);
}
