import type { HistoryRequest, Scheduler } from "@oms/jobs/port.ts";
import type { Capability, Method } from "@oms/proxy/model/capability.ts";
import type { Fields } from "@oms/proxy/model/host.ts";
import {
  compareExecutions,
  compareFires,
  compareHistories,
  compareJobs,
  compareLists,
  compareRuns,
  compareWrites,
} from "./compare.ts";
import { builds, extracted, inProcess } from "./sides.ts";
import { FIRES } from "./watch-fires.ts";

/** A write may wait for a kernel that is being replaced. */
const WRITE_MS = 5000;
const READ_MS = 2000;
const LIST_MS = 5000;

/** The calls of one job go one way, and so does what its timers do. */
const jobOf = ({ id }: { readonly id: string }): Fields => ({ jobId: id });
const ofExecution = ({ id }: { readonly id: string }): Fields => ({ jobId: id.split("/", 1)[0] ?? id });
const ofHistory = ({ job }: HistoryRequest): Fields => ({ jobId: job });

/** What came from outside may be no request at all; a side says so. */
const key = (request: unknown): string => (isNamed(request) ? String(request.id) : "");

const edit = { effect: "idempotent", deadlineMs: WRITE_MS, key, fields: jobOf } as const;
const write: Method<Scheduler["register" | "update" | "cancel"]> = { ...edit, compare: compareWrites };

/** How scheduling moves out of OMS: its two sides, what each method does, and when two answers are the same. */
export const migration: Capability<Scheduler> = {
  name: "scheduler",
  inProcess,
  extracted,
  builds,
  methods: {
    register: write,
    update: write,
    cancel: write,
    pause: write,
    resume: write,
    runNow: { ...edit, compare: compareRuns },
    get: { effect: "read", compare: compareJobs, deadlineMs: READ_MS, fields: jobOf },
    list: { effect: "read", compare: compareLists, deadlineMs: LIST_MS },
    execution: { effect: "read", compare: compareExecutions, deadlineMs: READ_MS, fields: ofExecution },
    executions: { effect: "read", compare: compareHistories, deadlineMs: LIST_MS, fields: ofHistory },
    fires: { effect: "read", compare: compareFires, deadlineMs: LIST_MS, fields: () => FIRES },
  },
};

function isNamed(request: unknown): request is { readonly id: unknown } {
  return typeof request === "object" && request !== null && "id" in request;
}
