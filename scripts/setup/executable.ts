import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** A server's executable and what it needs in its environment to run. */
export type Executable = { readonly file: string; readonly env: Readonly<Record<string, string>> };

// Debian keeps servers where an ordinary user's PATH does not look.
const SYSTEM_DIRECTORIES = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** The executable `name` on `path` (as in PATH) or where the system keeps its servers. */
export function onPath(name: string, path: string): Executable | undefined {
  const directories = [...path.split(delimiter).filter((each) => each !== ""), ...SYSTEM_DIRECTORIES];
  const file = directories.map((directory) => join(directory, name)).find(isExecutable);
  return file === undefined ? undefined : { file, env: {} };
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
