import { eventPaths } from "./event-paths.ts";
import { jobPaths } from "./job-paths.ts";
import { AT, BRANCH, byId, IF_MATCH, inPath, KEY, PAGE, type Parameter, type Paths } from "./operation.ts";
import type { SchemaName } from "./schemas.ts";

type Kept = {
  readonly what: string;
  readonly tag: string;
  readonly one: SchemaName;
  readonly page: SchemaName;
  readonly created: SchemaName;
  readonly body: SchemaName;
  /** What a list can be asked for. */
  readonly list?: readonly Parameter[];
};

/** List, create, read, replace and delete of what is kept under an id. */
function kept(path: string, { what, tag, one, page, created, body, list = [] }: Kept): Paths {
  const id = inPath("id");
  return {
    [path]: {
      get: {
        summary: `Lists ${what}s`,
        tag,
        parameters: [...list, ...PAGE, AT, BRANCH],
        replies: { 200: page },
      },
      post: {
        summary: `Creates one ${what}; 409 when its id is taken`,
        tag,
        parameters: [KEY, BRANCH],
        body: created,
        replies: { 201: one },
      },
    },
    [`${path}/{id}`]: {
      get: { summary: `Reads one ${what}`, tag, parameters: [id, AT, BRANCH], replies: { 200: one } },
      put: {
        summary: `Creates or replaces one ${what}`,
        tag,
        parameters: [id, IF_MATCH, KEY, BRANCH],
        body,
        replies: { 200: one, 201: one },
      },
      delete: {
        summary: `Deletes one ${what}; 422 while it is in use`,
        tag,
        parameters: [id, IF_MATCH, KEY, BRANCH],
        replies: { 204: null },
      },
    },
  };
}

const ontology: Paths = {
  ...kept("/object-types", {
    what: "object type",
    tag: "Ontology",
    one: "ObjectType",
    page: "ObjectTypePage",
    created: "NewObjectType",
    body: "ObjectTypeBody",
  }),
  ...kept("/objects", {
    what: "object",
    tag: "Ontology",
    one: "OntologyObject",
    page: "ObjectPage",
    created: "NewObject",
    body: "ObjectBody",
    list: [byId("type", true)],
  }),
  "/objects/{id}/history": {
    get: {
      summary: "What was done to an object, newest first, also when it is gone",
      tag: "Ontology",
      parameters: [inPath("id"), ...PAGE, AT, BRANCH],
      replies: { 200: "History" },
    },
  },
  ...kept("/link-types", {
    what: "link type",
    tag: "Ontology",
    one: "LinkType",
    page: "LinkTypePage",
    created: "NewLinkType",
    body: "LinkTypeBody",
  }),
};

const ends = ["type", "from", "to"].map(inPath);

const links: Paths = {
  "/links": {
    get: {
      summary: "Links of a type: all of them, those from an object, or those to one",
      tag: "Ontology",
      parameters: [byId("type", true), byId("from"), byId("to"), ...PAGE, AT, BRANCH],
      replies: { 200: "LinkPage" },
    },
    post: {
      summary: "Links two objects; 422 when the one has the only link it may have",
      tag: "Ontology",
      parameters: [KEY, BRANCH],
      body: "NewLink",
      replies: { 201: "Link" },
    },
  },
  "/links/{type}/{from}/{to}": {
    get: {
      summary: "Reads one link",
      tag: "Ontology",
      parameters: [...ends, AT, BRANCH],
      replies: { 200: "Link" },
    },
    delete: {
      summary: "Deletes one link",
      tag: "Ontology",
      parameters: [...ends, KEY, BRANCH],
      replies: { 204: null },
    },
  },
  "/branches": {
    get: { summary: "Lists the branches", tag: "Ontology", replies: { 200: "Branches" } },
    post: {
      summary: "Creates a branch; 200 when it is there and began the same way",
      tag: "Ontology",
      body: "NewBranch",
      replies: { 200: "Branch", 201: "Branch" },
    },
  },
};

const embedding: Paths = {
  "/embedding": {
    post: {
      summary: "Vectors of one text or of many",
      tag: "Embedding",
      body: "EmbeddingRequest",
      replies: { 200: "EmbeddingReply" },
    },
  },
  "/similarity": {
    post: {
      summary: "How alike two texts are",
      tag: "Embedding",
      body: "SimilarityRequest",
      replies: { 200: "SimilarityReply" },
    },
  },
  "/search": {
    post: {
      summary: "Finds objects by meaning, or by letters where the model does not know the language",
      tag: "Embedding",
      body: "SearchRequest",
      replies: { 200: "SearchReply" },
    },
  },
};

const others: Paths = {
  "/graphql": {
    get: {
      summary: "A GraphQL query",
      tag: "GraphQL",
      parameters: [{ name: "query", in: "query", required: true, schema: { type: "string" } }, BRANCH],
      replies: { 200: "GraphqlReply" },
    },
    post: {
      summary: "A GraphQL query or mutations",
      tag: "GraphQL",
      parameters: [KEY, BRANCH],
      body: "GraphqlRequest",
      replies: { 200: "GraphqlReply" },
    },
  },
  "/openapi.json": { get: { summary: "This description", tag: "Process", replies: { 200: "OpenApi" } } },
  "/health": { get: { summary: "Whether the process lives", tag: "Process", replies: { 200: "Health" } } },
  "/ready": {
    get: {
      summary: "Whether what it needs answers",
      tag: "Process",
      replies: { 200: "Readiness", 503: "Readiness" },
    },
  },
  "/metrics": { get: { summary: "Figures for Prometheus", tag: "Process", replies: { 200: "text" } } },
};

/** Every path OMS answers on. */
export const paths: Paths = { ...ontology, ...links, ...embedding, ...jobPaths, ...eventPaths, ...others };
