import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

// Debian keeps servers where an ordinary user's PATH does not look.
const SYSTEM_DIRECTORIES = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** The executable `name` on `path` (as in PATH) or where the system keeps its servers. */
export function onPath(name: string, path: string): string | undefined {
  const directories = [...path.split(delimiter).filter((each) => each !== ""), ...SYSTEM_DIRECTORIES];
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
