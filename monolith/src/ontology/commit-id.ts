import { z } from "zod";

/** The id of a commit, wherever a caller says as of which one. The kernel knows whether the branch has it. */
export const commitId = z.string().min(1).max(100);
