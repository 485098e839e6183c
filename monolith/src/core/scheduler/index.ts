import type { Scheduler } from "@oms/jobs/port.ts";
import { strangle } from "@oms/proxy/strangle.ts";
import { strangler } from "../../strangler.ts";
import { migration } from "./migration.ts";

/** Scheduling for all of OMS; each call goes where the flag `oms.scheduler` sends the calls about its job. */
export const scheduler: Scheduler = strangle(migration, strangler);
