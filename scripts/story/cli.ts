import { execFile } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "../root.ts";

export type CliResult = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs `strangler` as CI does, in a process of its own. */
export function strangler(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<CliResult> {
  return new Promise((resolve) => {
    const argv = [join(ROOT, "proxy", "src", "cli.ts"), ...args];
    execFile(
      process.execPath,
      argv,
      { cwd: ROOT, env: { ...process.env, ...env } },
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === "number" ? error.code : error ? 1 : 0, stdout, stderr });
      },
    );
  });
}
