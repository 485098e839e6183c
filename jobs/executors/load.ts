import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import type { Executor } from "../executor.ts";

const brought = z.object({
  executors: z.array(
    z.looseObject({
      type: z.string().min(1),
      payload: z.custom<Executor["payload"]>((value) => typeof value === "object" && value !== null),
      run: z.custom<Executor["run"]>((value) => typeof value === "function"),
    }),
  ),
});

/**
 * The executors that modules bring in an export `executors`. `paths` is SCHEDULER_EXECUTORS: files with commas between,
 * relative ones to the working directory. Throws when a module does not load or brings none.
 */
export async function loadExecutors(paths: string | undefined): Promise<readonly Executor[]> {
  const files = (paths ?? "").split(",").filter((path) => path.trim() !== "");
  const modules = await Promise.all(files.map(load));
  return modules.flat();
}

async function load(path: string): Promise<readonly Executor[]> {
  const file = resolve(path.trim());
  const loaded = brought.safeParse(await import(pathToFileURL(file).href));
  if (!loaded.success) throw new Error(`${file} exports no list \`executors\` of type, payload and run`);
  return loaded.data.executors;
}
