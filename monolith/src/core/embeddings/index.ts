import { strangle } from "@oms/proxy/strangle.ts";
import { strangler } from "../../strangler.ts";
import { migration } from "./migration.ts";
import type { Embeddings } from "./port.ts";

/** Embedding for all of OMS; each call goes where the flag `oms.embedding` sends it. */
export const embeddings: Embeddings = strangle(migration, strangler);
