import { GraphQLError, getNamedType, isLeafType, type ParseOptions, parse, type Source } from "graphql";
import { type ComplexityEstimator, getComplexity } from "graphql-query-complexity";
import type { Plugin } from "graphql-yoga";

/** Words and signs of a query. */
const MOST_TOKENS = 2000;
/** Values of an answer, what it takes to read them counted in. */
const MOST_COST = 10_000;
/** What a field costs that asks the kernel or the model. */
const READ = 10;

/** Every value costs 1, every read 10, and what is in a list as often as the list may be long. */
const estimate: ComplexityEstimator = ({ field, args, childComplexity }) => {
  if (isLeafType(getNamedType(field.type))) return 1;
  const own = field.resolve ? READ : 1;
  return own + Math.max(1, ...lengths(args)) * childComplexity;
};

function lengths({ pageSize, k, texts }: Record<string, unknown>): number[] {
  return [pageSize, k, Array.isArray(texts) ? texts.length : undefined].filter(
    (size) => typeof size === "number",
  );
}

/** Refuses a query that is too long to parse or would cost too much, before any of it runs. */
export const limits: Plugin = {
  onParse({ setParseFn }) {
    setParseFn((source: Source, options?: ParseOptions) =>
      parse(source, { ...options, maxTokens: MOST_TOKENS }),
    );
  },
  onExecute({ args, setResultAndStopExecution }) {
    const { schema, document: query, variableValues, operationName } = args;
    const cost = getComplexity({
      schema,
      query,
      variables: variableValues,
      operationName,
      estimators: [estimate],
    });
    if (cost <= MOST_COST) return;
    const error = new GraphQLError(`must cost at most ${MOST_COST}, this would cost ${cost}`);
    setResultAndStopExecution({ errors: [error] });
  },
};
