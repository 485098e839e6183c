/** The API as a schema. Everything is on the branch the request names (`?branch=` or oms-branch), main by default. */
export const typeDefs = /* GraphQL */ `
  "A string, a number, a boolean, an array of strings, or an object of these."
  scalar JSON

  type Property {
    name: String!
    "string, number, boolean, date or string[]."
    type: String!
    required: Boolean!
  }

  type ObjectType {
    id: ID!
    title: String
    properties: [Property!]!
    "Id of the commit that last changed it."
    revision: String!
  }

  type OntologyObject {
    id: ID!
    type: ID!
    properties: JSON!
    revision: String!
    objectType: ObjectType
    "Links of a type that start here."
    linksFrom(type: ID!, pageSize: Int! = 10, pageToken: String): LinkPage
    "Links of a type that lead here."
    linksTo(type: ID!, pageSize: Int! = 10, pageToken: String): LinkPage
    "What was done to it, newest first."
    history(pageSize: Int! = 10, pageToken: String): History
  }

  type LinkType {
    id: ID!
    title: String
    "Object type of the objects its links start at."
    from: ID!
    "Object type of the objects its links lead to."
    to: ID!
    "How many links of this type may start at one object: one or many."
    cardinality: String!
    revision: String!
  }

  type Link {
    type: ID!
    from: ID!
    to: ID!
    revision: String!
    fromObject: OntologyObject
    toObject: OntologyObject
  }

  type ObjectTypePage {
    nodes: [ObjectType!]!
    nextPageToken: String
  }

  type ObjectPage {
    nodes: [OntologyObject!]!
    nextPageToken: String
  }

  type LinkTypePage {
    nodes: [LinkType!]!
    nextPageToken: String
  }

  type LinkPage {
    nodes: [Link!]!
    nextPageToken: String
  }

  type History {
    nodes: [Deed!]!
    nextPageToken: String
  }

  "What one commit did to an object."
  type Deed {
    "Id of the commit: what an argument at takes."
    commit: ID!
    "created, updated or deleted."
    kind: String!
    author: String!
    message: String!
    "ISO 8601."
    time: String!
  }

  type Branch {
    name: ID!
    "Newest commit; none on an empty branch."
    head: ID
    origin: ID
    originCommit: ID
    "ISO 8601."
    created: String!
  }

  type Embedding {
    "Unit length."
    vector: [Float!]!
    "The model does not know over a quarter of the text: the vector means little."
    poorlyCovered: Boolean!
    "The end of the text was not read."
    truncated: Boolean!
  }

  type EmbedReply {
    modelVersion: String!
    embeddings: [Embedding!]!
  }

  type SimilarityReply {
    modelVersion: String!
    "Cosine, -1 to 1."
    similarity: Float!
    poorlyCovered: Boolean!
  }

  type Hit {
    id: ID!
    type: ID!
    text: String!
    score: Float!
    "vector or trigram: what found it."
    match: String!
    object: OntologyObject
  }

  type SearchReply {
    modelVersion: String!
    hits: [Hit!]!
    poorlyCovered: Boolean!
  }

  "Arguments: at is a commit to read as of; pageSize is 1 to 1000; pageToken is from the page before."
  type Query {
    objectType(id: ID!, at: ID): ObjectType
    objectTypes(at: ID, pageSize: Int! = 100, pageToken: String): ObjectTypePage
    object(id: ID!, at: ID): OntologyObject
    objects(type: ID!, at: ID, pageSize: Int! = 100, pageToken: String): ObjectPage
    "Also of an object that is gone."
    history(id: ID!, at: ID, pageSize: Int! = 100, pageToken: String): History
    linkType(id: ID!, at: ID): LinkType
    linkTypes(at: ID, pageSize: Int! = 100, pageToken: String): LinkTypePage
    link(type: ID!, from: ID!, to: ID!, at: ID): Link
    "All links of a type, or those from an object, or those to one."
    links(type: ID!, from: ID, to: ID, at: ID, pageSize: Int! = 100, pageToken: String): LinkPage
    branches: [Branch!]
    """
    By meaning (mode vector), by letters (trigram) or by both fused (hybrid); without a mode by meaning where the model
    knows the query, else by letters. k is 1 to 1000.
    """
    search(query: String!, k: Int! = 10, types: [ID!]! = [], mode: String, modelVersion: String): SearchReply
    embed(texts: [String!]!, modelVersion: String): EmbedReply
    similarity(a: String!, b: String!, modelVersion: String): SimilarityReply
  }

  input PropertyInput {
    name: String!
    type: String!
    required: Boolean
  }

  input ObjectTypeInput {
    id: ID!
    title: String
    properties: [PropertyInput!]!
  }

  input ObjectInput {
    id: ID!
    type: ID!
    properties: JSON!
  }

  input LinkTypeInput {
    id: ID!
    title: String
    from: ID!
    to: ID!
    "one or many; many when absent."
    cardinality: String
  }

  input LinkInput {
    type: ID!
    from: ID!
    to: ID!
  }

  input BranchInput {
    name: ID!
    "main when absent."
    origin: ID
    "Commit of the origin; its newest when absent."
    at: ID
  }

  """
  create refuses what is there already, put replaces it. With a revision, put and delete refuse when that is not the
  current one. An Idempotency-Key of the request holds for each mutation of it, by its name in the answer.
  """
  type Mutation {
    createObjectType(objectType: ObjectTypeInput!): ObjectType
    putObjectType(objectType: ObjectTypeInput!, revision: String): ObjectType
    deleteObjectType(id: ID!, revision: String): ID
    createObject(object: ObjectInput!): OntologyObject
    putObject(object: ObjectInput!, revision: String): OntologyObject
    deleteObject(id: ID!, revision: String): ID
    createLinkType(linkType: LinkTypeInput!): LinkType
    putLinkType(linkType: LinkTypeInput!, revision: String): LinkType
    deleteLinkType(id: ID!, revision: String): ID
    createLink(link: LinkInput!): Link
    deleteLink(link: LinkInput!): Boolean
    createBranch(branch: BranchInput!): Branch
  }
`;
