import { fileURLToPath } from "node:url";

/** The repository's root; every command runs from here. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));
