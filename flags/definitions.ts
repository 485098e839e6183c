import { type Definitions, everyone } from "./flag.ts";

/** Every flag of OMS. Unleash's running numbers are the release manager's; the rest of a flag is decided here. */
export const definitions: Definitions = {
  contextFields: [
    {
      name: "author",
      description: "Who calls: subject@service; unattended work is <service>@oms",
      stickiness: true,
    },
    { name: "branch", description: "The ontology branch the call is about", stickiness: false },
    { name: "tenant", description: "The tenant the call is for", stickiness: false },
    { name: "method", description: "The method of the capability that is called", stickiness: false },
    { name: "jobId", description: "The job that a call of the scheduler is about", stickiness: true },
  ],
  flags: [
    {
      name: "oms.embedding",
      description:
        "Which side answers embedding calls. Off: in-process. On: the weight of variant live is the share the extracted service answers; the rest is shadow.",
      owner: "embedding@oms",
      strategies: [everyone("author")],
      ladder: [
        { stage: "shadow", percent: 100, planned: "2026-12-01" },
        { stage: "live", percent: 1, planned: "2026-12-08" },
        { stage: "live", percent: 10, planned: "2026-12-10" },
        { stage: "live", percent: 50, planned: "2026-12-14" },
        { stage: "live", percent: 100, planned: "2026-12-17" },
        { stage: "complete", percent: 100, planned: "2027-01-14" },
      ],
    },
    {
      name: "oms.scheduler",
      description:
        "Which side answers scheduler calls and keeps a job's time. Off: in-process. On: the weight of variant live is the share of the jobs the extracted service has; the rest is shadow.",
      owner: "scheduler@oms",
      strategies: [everyone("jobId")],
      ladder: [
        { stage: "shadow", percent: 100, planned: "2027-01-18" },
        { stage: "live", percent: 1, planned: "2027-01-25" },
        { stage: "live", percent: 10, planned: "2027-01-27" },
        { stage: "live", percent: 50, planned: "2027-02-01" },
        { stage: "live", percent: 100, planned: "2027-02-04" },
        { stage: "complete", percent: 100, planned: "2027-03-04" },
      ],
    },
    {
      name: "oms.events",
      description:
        "Which side publishes events. Off: in-process. On: the weight of variant live is the share of the authors whose events the event gateway takes; the rest is shadow.",
      owner: "events@oms",
      strategies: [everyone("author")],
      ladder: [
        { stage: "shadow", percent: 100, planned: "2027-03-08" },
        { stage: "live", percent: 1, planned: "2027-03-15" },
        { stage: "live", percent: 10, planned: "2027-03-17" },
        { stage: "live", percent: 50, planned: "2027-03-22" },
        { stage: "live", percent: 100, planned: "2027-03-25" },
        { stage: "complete", percent: 100, planned: "2027-04-22" },
      ],
    },
  ],
  retired: [],
};
