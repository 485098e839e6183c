#!/usr/bin/env node
import { parseArgs } from "node:util";
import { backup } from "./cli/backup.ts";
import { branchesArchive } from "./cli/branches-archive.ts";
import { branchesExpire } from "./cli/branches-expire.ts";
import { branchesReport } from "./cli/branches-report.ts";
import { branchesRestore } from "./cli/branches-restore.ts";
import { type Answer, type Call, type Command, type Option, UsageError } from "./cli/command.ts";
import { redact } from "./cli/redact.ts";
import { relayCommands } from "./cli/relay.ts";
import { restore } from "./cli/restore.ts";
import { standby } from "./cli/standby.ts";
import { verify } from "./cli/verify.ts";

const COMMANDS: Readonly<Record<string, Command>> = {
  backup,
  restore,
  verify,
  "branches report": branchesReport,
  "branches expire": branchesExpire,
  "branches archive": branchesArchive,
  "branches restore": branchesRestore,
  redact,
  standby,
  ...relayCommands,
};

const EXITS = "Exit: 0 all is well · 1 it is not · 2 wrong usage or no answer\n";

async function main(args: readonly string[]): Promise<number> {
  const name = commandIn(args);
  const command = COMMANDS[name];
  if (!command) return help(args);
  const given = parseArgs({
    args: args.slice(name.split(" ").length),
    allowPositionals: true,
    options: {
      help: { type: "boolean", short: "h" },
      json: { type: "boolean" },
      ...typesOf(command.options),
    },
  });
  const values: Readonly<Record<string, unknown>> = given.values;
  if (values["help"]) return print(helpOf(name, command));
  const call = callOf(command, values, given.positionals);
  try {
    return print(rendered(await command.run(call), values["json"] === true));
  } catch (error) {
    if (error instanceof UsageError) error.message += `\n\n${helpOf(name, command).text}`;
    throw error;
  }
}

/** A command's name is one word or two: `backup`, `branches report`. */
function commandIn([first = "", second = ""]: readonly string[]): string {
  return Object.hasOwn(COMMANDS, `${first} ${second}`) ? `${first} ${second}` : first;
}

function callOf(
  { options }: Command,
  values: Readonly<Record<string, unknown>>,
  operands: readonly string[],
): Call {
  return {
    operands,
    text(name) {
      const option = options[name];
      const given = values[name];
      if (option?.type !== "string" || typeof given === "string") return given as string | undefined;
      return (option.variable && process.env[option.variable]) || option.preset;
    },
    texts: (name) => (Array.isArray(values[name]) ? values[name] : []),
    on: (name) => values[name] === true,
    progress(line) {
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
    },
  };
}

function rendered({ lines, value, ok }: Answer, json: boolean) {
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  return { text: json ? JSON.stringify(value, null, 2) : lines.join("\n"), code: ok ? 0 : 1 };
}

function typesOf(options: Command["options"]) {
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => {
      const multiple = option.type === "string" && option.many === true;
      return [name, { type: option.type, multiple }];
    }),
  );
}

function help(args: readonly string[]): number {
  const asked = args.includes("--help") || args.includes("-h");
  const names = Object.entries(COMMANDS).map(([name, { usage }]) => `  kernel ${name} ${usage}`);
  const text = `kernel: what an operator does with a data-kernel's store\n\n${names.join("\n")}\n
  kernel COMMAND --help says more; --json answers with one JSON value
  A kernel that knows its callers is shown KERNEL_TOKEN; most of this is for operators' alone\n\n  ${EXITS}`;
  (asked ? process.stdout : process.stderr).write(text);
  return asked ? 0 : 2;
}

function helpOf(name: string, { usage, says, options }: Command) {
  const rows = Object.entries(options).map(([option, about]) => `  ${optionOf(option, about)}`);
  const all = [...rows, `  ${"--json".padEnd(20)} one JSON value`].join("\n");
  return { text: `kernel ${name} ${usage}\n\n${says}\n\n${all}\n\n  ${EXITS}`.trimEnd(), code: 0 };
}

function optionOf(name: string, option: Option): string {
  if (option.type === "boolean") return `${`--${name}`.padEnd(20)} ${option.says}`;
  const presets = [option.variable, option.preset].filter((text) => text !== undefined).join(", ");
  return `${`--${name} ${option.value}`.padEnd(20)} ${option.says}${presets && `  (${presets})`}`;
}

function print({ text, code }: { readonly text: string; readonly code: number }): number {
  process.stdout.write(`${text}\n`);
  return code;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`kernel: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  },
);
