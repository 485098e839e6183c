import { GraphQLScalarType, valueFromASTUntyped } from "graphql";

/** Values that the schema leaves open: what they may be is the ontology's to say. */
export const json = new GraphQLScalarType({
  name: "JSON",
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
});
