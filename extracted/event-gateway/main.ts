import { parseArgs } from "node:util";

const HELP = `Usage: node extracted/event-gateway/main.ts

Takes events from whoever has one and brings them to whoever asked for them; answers gRPC and REST.

Settings: extracted/event-gateway/config.ts
`;

const { values } = parseArgs({ options: { help: { type: "boolean", short: "h" } } });
if (values.help) process.stdout.write(HELP);
else await (await import("./gateway-process.ts")).runGateway();
