import { after } from "node:test";
import { describeStore } from "./conformance.ts";
import { startDouble } from "./terminus/double/server.ts";
import { openTerminusStore } from "./terminus.ts";

const double = await startDouble();
after(() => double.stop());

const { url, user, password } = double;
const name = { organization: "oms", database: "kernel" };
describeStore(
  "the TerminusDB store on its double",
  () => openTerminusStore({ url, user, password, ...name, timeoutMs: 10_000 }),
  3,
);
