import { jobSpec, jobUpdate } from "@oms/jobs/spec.ts";
import { executionReply, historyReply, jobReply, listReply } from "../../core/scheduler/replies.ts";

export const jobSchemas = {
  NewJob: jobSpec,
  JobChange: jobUpdate.omit({ id: true }).meta({ description: "What is absent stays as it is." }),
  JobReply: jobReply,
  JobPage: listReply,
  ExecutionReply: executionReply,
  ExecutionPage: historyReply,
} as const;
