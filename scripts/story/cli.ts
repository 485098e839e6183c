import { execFile } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "../root.ts";

export type CliResult = { readonly code: number; readonly stdout: string; readonly stderr: string };

type Env = Readonly<Record<string, string>>;

/** Runs `strangler` as CI does, in a process of its own. */
export function strangler(args: readonly string[], env: Env): Promise<CliResult> {
  return run([join(ROOT, "proxy", "src", "cli.ts"), ...args], env);
}

/** Runs `kernel` as an operator does, in a process of its own. */
export function kernelCommand(args: readonly string[], env: Env): Promise<CliResult> {
  return run([join(ROOT, "extracted", "data-kernel", "cli.ts"), ...args], env);
}

function run(argv: readonly string[], env: Env): Promise<CliResult> {
  const options = { cwd: ROOT, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve) => {
    const quiet = ["--disable-warning=ExperimentalWarning", ...argv];
    execFile(process.execPath, quiet, options, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error ? 1 : 0, stdout, stderr });
    });
  });
}
