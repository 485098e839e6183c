import { described, reference } from "./operation.ts";
import { paths } from "./paths.ts";
import { jsonSchemas } from "./schemas.ts";

/** What OMS answers over HTTP, as an OpenAPI 3.1 document: its schemas are the ones requests are validated with. */
export function openApi(): object {
  return {
    openapi: "3.1.1",
    info: {
      title: "OMS",
      version: "1.0.0",
      description:
        "Object types, objects and the links between them, versioned on branches and found by meaning.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    paths: Object.fromEntries(
      Object.entries(paths).map(([path, operations]) => [
        path,
        Object.fromEntries(
          Object.entries(operations).map(([method, operation]) => [method, described(operation)]),
        ),
      ]),
    ),
    components: {
      schemas: jsonSchemas(),
      responses: {
        Problem: {
          description: "What is wrong with the request, or that it could not be done.",
          content: { "application/problem+json": { schema: reference("Problem") } },
        },
      },
    },
  };
}
