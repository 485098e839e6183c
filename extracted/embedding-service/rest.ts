import type { Express } from "express";
import type { Embedding, Embeddings } from "./port.ts";
import { embeddingShape, searchShape, shaped, similarityShape } from "./shape.ts";

/** The routes OMS has for embedding, with the same bodies, field order and errors. */
export function addRoutes(app: Express, embeddings: Embeddings): void {
  app.post("/embedding", async (request, response) => {
    const asked = embeddingShape(request.body);
    if ("texts" in asked) {
      const { modelVersion, embeddings: all } = await embeddings.embedBatch(asked);
      response.json({ modelVersion, embeddings: all.map(toJson) });
    } else {
      const { modelVersion, embedding } = await embeddings.embed(asked);
      response.json({ modelVersion, embedding: toJson(embedding) });
    }
  });
  app.post("/similarity", async (request, response) => {
    response.json(await embeddings.similarity(shaped(similarityShape, request.body)));
  });
  app.post("/search", async (request, response) => {
    response.json(await embeddings.search(shaped(searchShape, request.body)));
  });
}

function toJson({ vector, poorlyCovered, truncated }: Embedding): object {
  return { vector: Array.from(vector), poorlyCovered, truncated };
}
