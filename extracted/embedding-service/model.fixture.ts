import { join } from "node:path";

/** The model the set-up converts. */
export const MODEL_DIRECTORY =
  process.env["EMBEDDING_MODEL_DIR"] ?? join(import.meta.dirname, "../../.services/models/use-lite");
