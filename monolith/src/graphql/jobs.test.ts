import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import supertest from "supertest";
import { dataOf, refusalOf } from "../testing/graphql.ts";
import { type Oms, startOms } from "../testing/oms.ts";

let oms: Oms;
before(async () => {
  oms = await startOms();
});
after(() => oms.stop());

const JOB = `id type payload schedule { kind expression zone everyMs anchorMs atMs } owner state priority dependsOn
  retry { attempts backoffMs maxBackoffMs } timeoutMs overlap misfire effect tags keep floorMs createdMs`;
const EXECUTION = `id job plannedMs claimedBy claimedMs status reason
  attempts { n side worker startedMs endedMs outcome error { code message } } notBeforeMs endedMs result`;

const get = async (path: string) => (await supertest(oms.app).get(path).expect(200)).body;

/** As GraphQL has it: what is absent is null. */
function dense(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, inner) => (isRecord(inner) ? withoutNulls(inner) : inner));
}
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const withoutNulls = (value: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== null));

async function data(query: string, variables: object = {}) {
  return dense(await dataOf(oms.app, query, { variables })) as Record<string, Record<string, unknown>>;
}

const job = {
  id: "tidy",
  type: "branch-gc",
  payload: { olderThanDays: 9, dryRun: true },
  schedule: { kind: "cron", expression: "0 4 * * *", zone: "Asia/Seoul" },
  priority: 0,
  tags: ["a"],
};

it("a job is registered, changed and read with GraphQL as with REST", async () => {
  const created = await data(
    `mutation ($job: JobInput!) { registerJob(job: $job) { ${JOB} revision next } }`,
    { job },
  );
  const { job: shown, revision, next } = await get("/jobs/tidy");
  assert.deepEqual(created["registerJob"], { ...shown, revision, next });
  const change = { id: "tidy", priority: 7, tags: null, retry: { attempts: 1, backoffMs: null } };
  const variables = { job: change, revision };
  const UPDATE =
    "mutation ($job: JobUpdateInput!, $revision: String) { updateJob(job: $job, revision: $revision) { id } }";
  await data(UPDATE, variables);
  const { job: changed } = await get("/jobs/tidy");
  assert.deepEqual(changed, { ...shown, priority: 7, retry: { ...shown.retry, attempts: 1 } });
  assert.equal((await refusalOf(oms.app, UPDATE, { variables })).title, "ABORTED");
  const page = await data(`{ jobs(type: "branch-gc", tag: "a") { nodes { ${JOB} } nextPageToken } }`);
  assert.deepEqual(page, { jobs: { nodes: [changed] } });
});

it("a job is paused, resumed, run and cancelled with GraphQL, and its history is REST's", async () => {
  const states = [];
  for (const name of ["pauseJob", "resumeJob"])
    states.push((await data(`mutation { ${name}(id: "tidy") { state } }`))[name]?.["state"]);
  assert.deepEqual(states, ["paused", "active"]);
  const { runJob: run = {} } = await data(`mutation { runJob(id: "tidy") { id job } }`);
  assert.equal(run["job"], "tidy");
  await data(`mutation { cancelJob(id: "tidy") { state } }`);
  const history = await get("/executions?job=tidy");
  const asked = await data(
    `{ executions(job: "tidy") { nodes { ${EXECUTION} } } job(id: "tidy") { executions { nodes { id } } } }`,
  );
  assert.deepEqual(asked["executions"], { nodes: history.executions });
  assert.deepEqual(asked["job"], { executions: { nodes: [{ id: run["id"] }] } });
  const one = await data(`query ($id: ID!) { execution(id: $id) { ${EXECUTION} progress } }`, {
    id: run["id"],
  });
  assert.deepEqual(one["execution"], (await get(`/executions/${run["id"]}`)).execution);
});

it("one key holds for each run of a request by its name, however often it is sent", async () => {
  await data("mutation ($job: JobInput!) { registerJob(job: $job) { id } }", {
    job: { ...job, id: "twice" },
  });
  const runs = () =>
    dataOf(oms.app, `mutation { a: runJob(id: "twice") { id } b: runJob(id: "twice") { id } }`, {
      headers: { "idempotency-key": "k1" },
    });
  const [first, again] = [await runs(), await runs()];
  assert.deepEqual(again, first);
  assert.equal((await get("/executions?job=twice")).executions.length, 2);
});
