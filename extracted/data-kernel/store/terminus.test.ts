import { randomUUID } from "node:crypto";
import { after } from "node:test";
import { describeStore } from "./conformance.ts";
import { startDouble } from "./terminus/double/server.ts";
import { openTerminusStore, type TerminusOptions } from "./terminus.ts";

const double = await startDouble();
after(() => double.stop());

const { url, user, password } = double;
const options = { url, user, password, organization: "oms", database: "kernel", timeoutMs: 10_000 };
const apart = { ...options, schedulerDatabase: "scheduler" };
describeStore("the TerminusDB store on its double", () => openTerminusStore(apart), 3);

const { env } = process;
const real = env["TERMINUSDB_URL"];
if (real) onRealServer(real);

/** In a database that is there for this run alone. */
function onRealServer(url: string): void {
  const options: TerminusOptions = {
    url,
    user: env["TERMINUSDB_USER"] ?? "admin",
    password: env["TERMINUSDB_PASSWORD"] ?? "",
    organization: env["TERMINUSDB_ORGANIZATION"] ?? "admin",
    database: `kernel-test-${randomUUID()}`,
    timeoutMs: 60_000,
  };
  after(() => deleteDatabase(options));
  describeStore(`the TerminusDB store on ${url}`, () => openTerminusStore(options), 3);
}

async function deleteDatabase({ url, user, password, organization, database }: TerminusOptions) {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  await fetch(`${url}/api/db/${organization}/${database}?force=true`, {
    method: "DELETE",
    headers: { authorization },
  });
}
