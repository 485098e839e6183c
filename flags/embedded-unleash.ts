import { ApiTokenType, type IUnleashOptions, start } from "unleash-server";
import { readConfig, type UnleashConfig } from "./embedded/config.ts";
import { type EmbeddedDatabase, openDatabase } from "./embedded/database.ts";
import { lineLogger } from "./embedded/log.ts";

const READY_WITHIN_MS = 60_000;
const ANSWER_WITHIN_MS = 5_000;

/**
 * Unleash, unmodified, as a process of its own: on the Postgres of DATABASE_URL or, without one, on a PGlite in
 * DATA_DIR. Prints `unleash ready at URL` once a client's own request is answered.
 */
async function main(): Promise<void> {
  // Unleash's Postgres driver warns about itself on every start.
  process.noDeprecation = true;
  const config = readConfig(process.env);
  const database = config.DATABASE_URL ? undefined : await openDatabase(config.DATA_DIR);
  const unleash = await start(options(config, database));
  const stop = async () => {
    await unleash.stop();
    await database?.stop();
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop().catch(fail));
  const url = baseUrl(unleash.server?.address());
  await untilAnswered(url, config.UNLEASH_CLIENT_TOKEN);
  process.stdout.write(`unleash ready at ${url}\n`);
}

function options(config: UnleashConfig, database: EmbeddedDatabase | undefined): IUnleashOptions {
  return {
    ...(database && { db: embedded(database) }),
    server: {
      host: config.HOST,
      port: config.PORT,
      unleashUrl: `http://${config.HOST}:${config.PORT}`,
      gracefulShutdownEnable: false,
    },
    authentication: { initApiTokens: tokens(config) },
    getLogger: lineLogger(config.LOG_LEVEL, (line) => process.stdout.write(line)),
    versionCheck: { enable: false },
    telemetry: false,
  };
}

// One connection: PGlite is a single session, and two would interleave their transactions.
function embedded({ host, port }: EmbeddedDatabase) {
  return {
    host,
    port,
    user: "postgres",
    password: "postgres",
    database: "postgres",
    ssl: false,
    pool: { min: 0, max: 1 },
  };
}

// Unleash creates these on a fresh database only. The name is what its event log shows as the author of a change.
function tokens(config: UnleashConfig) {
  const admins = [{ name: "oms-admin", secret: config.UNLEASH_ADMIN_TOKEN }, ...config.UNLEASH_ADMIN_TOKENS];
  const [project = "", environment = ""] = config.UNLEASH_CLIENT_TOKEN.split(/[:.]/);
  const client = { tokenName: "oms", secret: config.UNLEASH_CLIENT_TOKEN, environment, projects: [project] };
  return [
    { ...client, type: ApiTokenType.BACKEND },
    ...admins.map(({ name, secret }) => {
      return { tokenName: name, secret, type: ApiTokenType.ADMIN, environment: "*", projects: ["*"] };
    }),
  ];
}

function baseUrl(address: unknown): string {
  if (typeof address !== "object" || address === null || !("port" in address) || !("address" in address)) {
    throw new Error("Unleash listens on no TCP port");
  }
  return `http://${String(address.address)}:${String(address.port)}`;
}

// Its /health says GOOD with a dead database, so only a client's own request counts.
async function untilAnswered(url: string, token: string): Promise<void> {
  const until = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const status = await clientRequest(url, token);
    if (status === 200) return;
    if (status === 401) throw new Error("UNLEASH_CLIENT_TOKEN: this database was created with another token");
    if (Date.now() > until) throw new Error(`Unleash gives clients ${status} after ${READY_WITHIN_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function clientRequest(url: string, token: string): Promise<number> {
  const response = await fetch(`${url}/api/client/features`, {
    headers: { authorization: token },
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  await response.body?.cancel();
  return response.status;
}

function fail(error: unknown): never {
  process.stderr.write(`unleash: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

main().catch(fail);
