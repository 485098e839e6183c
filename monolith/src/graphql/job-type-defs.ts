/** Jobs and what became of their ticks. Times are Unix milliseconds. */
export const jobTypeDefs = /* GraphQL */ `
  type Job {
    id: ID!
    "Who does its work: branch-gc, export, http-callback, publish-event or reembed."
    type: String!
    payload: JSON!
    schedule: Schedule!
    "in-process or extracted: whose timers fire."
    owner: String!
    "active, paused or cancelled."
    state: String!
    "0, the least, to 9."
    priority: Int!
    "Ids of jobs whose last execution must have ended done."
    dependsOn: [ID!]!
    retry: Retry!
    "Of one attempt."
    timeoutMs: Float!
    "allow, skip or queue: what happens to a tick while an earlier execution has not ended."
    overlap: String!
    "skip, fire-once or fire-all: what happens to ticks over a minute late."
    misfire: String!
    "once: an attempt whose end nobody knows is not repeated."
    effect: String!
    tags: [String!]!
    "Ended executions that are kept at least."
    keep: Int!
    floorMs: Float!
    createdMs: Float!
    revision: String!
    "The next planned times, three at most."
    next: [Float!]!
    "What became of its ticks, newest first."
    executions(pageSize: Int! = 10, pageToken: String): ExecutionPage
  }

  "kind is cron (expression, zone), interval (everyMs, anchorMs), once (atMs) or manual."
  type Schedule {
    kind: String!
    expression: String
    zone: String
    everyMs: Float
    anchorMs: Float
    atMs: Float
  }

  "Attempt n+1 waits min(maxBackoffMs, backoffMs * 2^(n-1))."
  type Retry {
    attempts: Int!
    backoffMs: Float!
    maxBackoffMs: Float!
  }

  type Execution {
    "<job>/<tick>"
    id: ID!
    job: ID!
    plannedMs: Float!
    claimedBy: String!
    claimedMs: Float!
    "waiting, running, done, failed, skipped or unknown."
    status: String!
    "Of a skipped one: misfire, overlap, dependency or cancelled."
    reason: String
    attempts: [Attempt!]!
    notBeforeMs: Float
    endedMs: Float
    result: JSON
    "0 to 1; of a single execution alone, after its first checkpoint."
    progress: Float
  }

  type Attempt {
    n: Int!
    side: String!
    worker: String!
    startedMs: Float!
    endedMs: Float
    "done, failed, timeout, lost or cancelled; none while it runs."
    outcome: String
    error: AttemptProblem
  }

  type AttemptProblem {
    code: String!
    message: String!
  }

  type JobPage {
    nodes: [Job!]!
    nextPageToken: String
  }

  type ExecutionPage {
    nodes: [Execution!]!
    nextPageToken: String
  }

  extend type Query {
    job(id: ID!): Job
    jobs(tag: String, type: String, pageSize: Int! = 100, pageToken: String): JobPage
    execution(id: ID!): Execution
    executions(job: ID!, pageSize: Int! = 100, pageToken: String): ExecutionPage
  }

  input ScheduleInput {
    kind: String!
    expression: String
    "UTC when absent."
    zone: String
    everyMs: Float
    "Derived from the id when absent."
    anchorMs: Float
    atMs: Float
  }

  input RetryInput {
    attempts: Int
    backoffMs: Float
    maxBackoffMs: Float
  }

  input JobInput {
    id: ID!
    type: String!
    payload: JSON
    schedule: ScheduleInput!
    priority: Int
    dependsOn: [ID!]
    retry: RetryInput
    timeoutMs: Float
    overlap: String
    misfire: String
    effect: String
    tags: [String!]
    keep: Int
  }

  "What is absent stays as it is."
  input JobUpdateInput {
    id: ID!
    type: String
    payload: JSON
    schedule: ScheduleInput
    priority: Int
    dependsOn: [ID!]
    retry: RetryInput
    timeoutMs: Float
    overlap: String
    misfire: String
    effect: String
    tags: [String!]
    keep: Int
  }

  extend type Mutation {
    "Refuses an id that is there and not cancelled."
    registerJob(job: JobInput!): Job
    updateJob(job: JobUpdateInput!, revision: String): Job
    "No further tick; what waits is skipped, what runs is stopped."
    cancelJob(id: ID!): Job
    "Ticks of a paused job are not planned, and not caught up with."
    pauseJob(id: ID!): Job
    resumeJob(id: ID!): Job
    "One execution beside the plan."
    runJob(id: ID!): Execution
  }
`;
