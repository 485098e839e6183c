import { parseArgs } from "node:util";

type Command = { readonly about: string; readonly run: () => Promise<void> };

/** Each process loads its own code alone. */
const COMMANDS: Readonly<Record<string, Command>> = {
  api: {
    about: "keeps the time of jobs; answers gRPC and REST",
    run: async () => (await import("./api-process.ts")).runApi(),
  },
  "worker run": {
    about: "makes the attempts of jobs, each in a process that can be killed; any number of workers",
    run: async () => (await import("./worker-process.ts")).runWorker(),
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { help: { type: "boolean", short: "h" } },
});
const command = COMMANDS[positionals.join(" ")];
if (command && !values.help) await command.run();
else {
  const lines = Object.entries(COMMANDS).map(([name, { about }]) => `  ${name.padEnd(12)}${about}`);
  const help = `Usage: node extracted/scheduler-service/main.ts <process>\n\n${lines.join("\n")}\n\nSettings: extracted/scheduler-service/config.ts\n`;
  (values.help ? process.stdout : process.stderr).write(help);
  process.exitCode = values.help ? 0 : 2;
}
