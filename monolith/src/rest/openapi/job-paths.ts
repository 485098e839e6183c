import { inPath, KEY, PAGE, type Parameter, type Paths } from "./operation.ts";

const id = inPath("id");
const tick: Parameter = {
  name: "tick",
  in: "path",
  required: true,
  description: "The planned time in Unix milliseconds, or run-… of a run-now.",
  schema: { type: "string", minLength: 1 },
};
const text = (name: string, required = false): Parameter => ({
  name,
  in: "query",
  required,
  schema: { type: "string", minLength: 1 },
});

const act = (summary: string, reply: "JobReply" | "ExecutionReply") => ({
  post: { summary, tag: "Jobs", parameters: [id, KEY], replies: { 200: reply } },
});

/** /jobs and /executions: the scheduler's own REST has the same. */
export const jobPaths: Paths = {
  "/jobs": {
    get: {
      summary: "Lists jobs, of a tag or of a type",
      tag: "Jobs",
      parameters: [text("tag"), text("type"), ...PAGE],
      replies: { 200: "JobPage" },
    },
    post: {
      summary: "Registers a job; 409 when its id is taken by one that is not cancelled",
      tag: "Jobs",
      parameters: [KEY],
      body: "NewJob",
      replies: { 201: "JobReply" },
    },
  },
  "/jobs/{id}": {
    get: { summary: "Reads one job", tag: "Jobs", parameters: [id], replies: { 200: "JobReply" } },
    patch: {
      summary: "Changes what is given of a job; 409 when it is at another revision than the one given",
      tag: "Jobs",
      parameters: [id, KEY],
      body: "JobChange",
      replies: { 200: "JobReply" },
    },
    delete: {
      summary: "Cancels a job: no further tick; what waits is skipped, what runs is stopped",
      tag: "Jobs",
      parameters: [id, KEY],
      replies: { 200: "JobReply" },
    },
  },
  "/jobs/{id}/pause": act("Pauses a job; what would be due meanwhile is not caught up with", "JobReply"),
  "/jobs/{id}/resume": act("Lets a paused job go on", "JobReply"),
  "/jobs/{id}/run": act("Runs a job once beside its plan", "ExecutionReply"),
  "/executions": {
    get: {
      summary: "What became of a job's ticks, newest first",
      tag: "Jobs",
      parameters: [text("job", true), ...PAGE],
      replies: { 200: "ExecutionPage" },
    },
  },
  "/executions/{job}/{tick}": {
    get: {
      summary: "Reads one execution",
      tag: "Jobs",
      parameters: [inPath("job"), tick],
      replies: { 200: "ExecutionReply" },
    },
  },
};
