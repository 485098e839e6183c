import type { Logger } from "@oms/chassis/log.ts";
import type { Scheduler } from "@oms/jobs/port.ts";
import type { RequestHandler } from "express";
import { createSchema, createYoga } from "graphql-yoga";
import { z } from "zod";
import type { Embeddings } from "../core/embeddings/port.ts";
import type { Events } from "../core/event-publisher/port.ts";
import type { Ontology } from "../ontology/ontology.ts";
import { parse } from "../rest/validation.ts";
import { problems } from "./errors.ts";
import { eventTypeDefs } from "./event-type-defs.ts";
import { eventMutations } from "./events.ts";
import { fields } from "./fields.ts";
import { jobTypeDefs } from "./job-type-defs.ts";
import { jobFields, jobMutations, jobQueries } from "./jobs.ts";
import { json } from "./json.ts";
import { limits } from "./limits.ts";
import { eachUnderOwnKey, mutations } from "./mutations.ts";
import { queries } from "./queries.ts";
import { typeDefs } from "./type-defs.ts";

export type GraphqlOptions = {
  readonly ontology: Ontology;
  readonly embeddings: Embeddings;
  readonly scheduler: Scheduler;
  readonly events: Events;
  readonly logger: Logger;
  /** Whether a browser gets GraphiQL, which is for development alone. */
  readonly graphiql: boolean;
};

/** One operation as a client posts it; what else is with it is left alone. */
const operation = z.object({ query: z.string() });

/** /graphql: one operation a request, in the request's call context. */
export function graphql(options: GraphqlOptions): RequestHandler {
  const { ontology, embeddings, scheduler, events, logger, graphiql } = options;
  const resolvers = {
    JSON: json,
    Query: { ...queries(ontology, embeddings), ...jobQueries(scheduler) },
    Mutation: {
      ...mutations(ontology),
      ...eachUnderOwnKey({ ...jobMutations(scheduler), ...eventMutations(events) }),
    },
    ...fields(ontology),
    ...jobFields(scheduler),
  };
  const yoga = createYoga({
    schema: createSchema({ typeDefs: [typeDefs, jobTypeDefs, eventTypeDefs], resolvers }),
    plugins: [limits, problems(logger)],
    maskedErrors: false,
    batching: false,
    multipart: false,
    cors: false,
    landingPage: false,
    graphiql,
    renderGraphiQL: async (options) =>
      (await import("@graphql-yoga/render-graphiql")).renderGraphiQL(options),
    logging: false,
  });
  return async (request, response) => {
    // GraphiQL is a page of inline scripts.
    if (graphiql && request.method === "GET") response.removeHeader("content-security-policy");
    if (request.method === "POST") parse(operation, request.body);
    await yoga(request, response);
  };
}
