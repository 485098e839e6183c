import { z } from "zod";
import { newBranch } from "../../ontology/branches.ts";
import { linkSchema } from "../../ontology/link.ts";
import { linkTypeBody, newLinkType } from "../../ontology/link-type.ts";
import { newObject, objectBody } from "../../ontology/object.ts";
import { newObjectType, objectTypeBody } from "../../ontology/object-type.ts";
import { embeddingRequest, searchRequest, similarityRequest } from "../embedding-requests.ts";
import { eventSchemas } from "./event-schemas.ts";
import { jobSchemas } from "./job-schemas.ts";

const revision = z.string().meta({ description: "Id of the commit that last changed it." });
const nextPageToken = z.string().optional().meta({ description: "Absent on the last page." });
const isoTime = z.iso.datetime();

const ObjectType = z.strictObject({ ...newObjectType.shape, revision });
const OntologyObject = z.strictObject({ ...newObject.shape, revision });
const LinkType = z.strictObject({ ...newLinkType.shape, revision });
const Link = z.strictObject({ ...linkSchema.shape, revision });
const Deed = z.strictObject({
  commit: z.string(),
  kind: z.enum(["created", "updated", "deleted"]),
  author: z.string(),
  message: z.string(),
  time: isoTime,
});
const Branch = z.strictObject({
  name: z.string(),
  head: z.string().optional().meta({ description: "Newest commit; absent on an empty branch." }),
  origin: z.string().optional(),
  originCommit: z.string().optional(),
  created: isoTime,
});
const Embedding = z.strictObject({
  vector: z.array(z.number()).meta({ description: "Unit length." }),
  poorlyCovered: z.boolean().meta({ description: "Over a quarter of the text is unknown to the model." }),
  truncated: z.boolean().meta({ description: "The end of the text was not read." }),
});
const modelVersion = z.string();

/** Everything the API takes and answers, by the name it has in the description. */
export const schemas = {
  ObjectType,
  NewObjectType: newObjectType,
  ObjectTypeBody: objectTypeBody,
  ObjectTypePage: z.strictObject({ objectTypes: z.array(ObjectType), nextPageToken }),
  OntologyObject,
  NewObject: newObject,
  ObjectBody: objectBody,
  ObjectPage: z.strictObject({ objects: z.array(OntologyObject), nextPageToken }),
  Deed,
  History: z.strictObject({ history: z.array(Deed), nextPageToken }),
  LinkType,
  NewLinkType: newLinkType,
  LinkTypeBody: linkTypeBody,
  LinkTypePage: z.strictObject({ linkTypes: z.array(LinkType), nextPageToken }),
  Link,
  NewLink: linkSchema,
  LinkPage: z.strictObject({ links: z.array(Link), nextPageToken }),
  Branch,
  NewBranch: newBranch,
  Branches: z.strictObject({ branches: z.array(Branch) }),
  Embedding,
  EmbeddingRequest: embeddingRequest,
  EmbeddingReply: z.union([
    z.strictObject({ modelVersion, embedding: Embedding }),
    z.strictObject({ modelVersion, embeddings: z.array(Embedding) }),
  ]),
  SimilarityRequest: similarityRequest,
  SimilarityReply: z.strictObject({
    modelVersion,
    similarity: z.number().min(-1).max(1),
    poorlyCovered: z.boolean(),
  }),
  SearchRequest: searchRequest,
  SearchReply: z.strictObject({
    modelVersion,
    hits: z.array(
      z.strictObject({
        id: z.string(),
        type: z.string(),
        text: z.string(),
        score: z.number(),
        match: z.enum(["vector", "trigram"]),
      }),
    ),
    poorlyCovered: z.boolean(),
  }),
  ...jobSchemas,
  ...eventSchemas,
  GraphqlRequest: z.object({
    query: z.string(),
    variables: z.record(z.string(), z.unknown()).nullish(),
    operationName: z.string().nullish(),
  }),
  GraphqlReply: z.object({
    data: z.record(z.string(), z.unknown()).nullish(),
    errors: z.array(z.object({ message: z.string() })).optional(),
  }),
  Problem: z
    .strictObject({
      type: z.literal("about:blank"),
      title: z.string().meta({ description: "The gRPC status code by name, such as NOT_FOUND." }),
      status: z.int(),
      detail: z.string(),
      errors: z.array(z.strictObject({ field: z.string(), message: z.string() })),
    })
    .meta({ description: "RFC 9457. errors names every field that is wrong, at most 20." }),
  OpenApi: z.record(z.string(), z.unknown()),
  Health: z.strictObject({ status: z.literal("ok") }),
  Readiness: z.strictObject({
    status: z.enum(["ready", "not ready"]),
    checks: z.record(z.string(), z.string()),
  }),
} as const;

export type SchemaName = keyof typeof schemas;

/** The schemas as JSON Schema 2020-12, which is OpenAPI 3.1's own, referring to each other by `#/components`. */
export function jsonSchemas(): Record<string, object> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const { schemas: written } = z.toJSONSchema(registry, {
    io: "input",
    // A job's payload is what its type makes of it.
    unrepresentable: "any",
    uri: (id) => `#/components/schemas/${id}`,
  });
  return Object.fromEntries(
    Object.entries(written).map(([id, { $id: _id, $schema: _schema, ...schema }]) => [id, schema]),
  );
}
