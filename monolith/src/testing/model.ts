import { resolve } from "node:path";

/** The model the set-up converts. */
export const MODEL_DIR =
  process.env["EMBEDDING_MODEL_DIR"] ?? resolve(import.meta.dirname, "../../../.services/models/use-lite");
