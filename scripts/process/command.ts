import { spawn } from "node:child_process";
import { once } from "node:events";

/** A command that ended badly, with the last lines it wrote. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

export type Result = { readonly code: number | null; readonly output: string };

/** Runs a command to its end; its standard output and error together. Throws when it cannot be started. */
export async function capture(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Result> {
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
    });
  }
  const [code] = await once(child, "close");
  return { code: code as number | null, output };
}

/** As `capture`, but a code other than 0 throws CommandError. */
export async function run(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { code, output } = await capture(file, args, env);
  if (code === 0) return output;
  const tail = output.trim().split("\n").slice(-10).join("\n");
  throw new CommandError(`${file} ${args.at(0) ?? ""} ended with ${code}:\n${tail}`);
}
