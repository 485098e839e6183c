import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectKernel } from "@oms/data-kernel/client.ts";
import { documents, repeated, wholeLog } from "../story/audit.ts";
import { commitEvents } from "../story/commit-events.ts";
import { PLACE, succeed } from "../story/oms-calls.ts";
import type { Story } from "../story/story.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const AUTHOR = "story@oms";
const WRITES_WITHOUT_NATS = 20;
const REFUSALS = 5;

/** No mailbox in any object. */
const POLICY = {
  pii: [{ name: "an e-mail address", pattern: "[^\\s@]+@[^\\s@]+\\.[^\\s@]{2,}", types: ["Object/*"] }],
};

type Audited = { readonly branch: string; readonly commit: string; readonly traceId: string };
type Relay = { readonly lines: readonly { sink: string; branch: string; state: string }[] };

export const story: Story = {
  title: "What a hook refuses never was; what it lets through is told, even when nobody listens at first",
  summary:
    "Through OMS a valid write is 200, an event and an audit record of one trace; a violation is 422 and leaves no trace in store or stream; with NATS away writes go on, and their events arrive later, once and in order.",
  own: ["nats"],
  run: async ({ system, progress, check, until, http, figures }) => {
    progress("starting NATS, the data-kernel with a policy, and OMS");
    const folder = mkdtempSync(join(tmpdir(), "hook-refusal-"));
    const policy = join(folder, "policy.json");
    writeFileSync(policy, JSON.stringify(POLICY));
    const { nats } = await system.start(["nats"]);
    await system.start(["data-kernel"], { KERNEL_POLICY: policy });
    await system.start(["oms"]);
    rmSync(folder, { recursive: true });
    const { oms, kernelHttp, kernel: address } = system.addresses;
    const { OMS_ENV: env = "", NATS_URL: natsUrl = "" } = system.env;
    const branch = `${env}/oms/main`;
    const kernel = connectKernel({ address });
    const head = async () => (await kernel.listBranches()).find(({ name }) => name === branch)?.head;
    const events = () => commitEvents(natsUrl, branch);
    const put = (id: string, description: string) =>
      http("PUT", `${oms}/objects/${id}`, {
        headers: { "oms-author": AUTHOR, traceparent: `00-${TRACE}-00f067aa0ba902b7-01` },
        body: { type: PLACE.id, properties: { description } },
      });

    progress("a valid write");
    const { id, ...type } = PLACE;
    await succeed("PUT", `${oms}/object-types/${id}`, { author: AUTHOR, body: type });
    const valid = await put("harbour", "a quiet harbour");
    check(valid.status < 300, `a valid write is answered with ${valid.status}`);
    const event = await until(
      async () => (await events()).find(({ subject }) => subject === "Object/harbour"),
      "its event is on the stream",
    );
    check(event.traceparent?.split("-")[1] === TRACE, "the event is in the caller's trace");
    const commit = await head();
    const audited = async () =>
      (await documents<Audited>(kernel, `${env}/kernel/audit`, "Audit")).filter(
        (each) => each.branch === branch,
      );
    const record = await until(
      async () => (await audited()).find((each) => each.commit === commit),
      "the commit is audited",
    );
    check(record.traceId === TRACE, "so is the audit record");

    progress("violations");
    for (let n = 0; n < REFUSALS; n++) {
      const { status, body } = await put(`refused-${n}`, `write to keeper${n}@harbour.example`);
      check(status === 422, `a violation is 422, not ${status}`);
      const fields = (body as { errors: { field: string }[] }).errors.map(({ field }) => field);
      check(fields.join() === "properties.description", `it names the field: ${fields.join()}`);
      check((await http("GET", `${oms}/objects/refused-${n}`)).status === 404, "and the object is not there");
    }
    check((await head()) === commit, "the branch is at the commit it was at");

    progress("NATS is killed, and writes go on");
    nats.kill("SIGKILL");
    await nats.exited();
    for (let n = 0; n < WRITES_WITHOUT_NATS; n++) {
      const { status } = await put(`place-${n % 4}`, `a place, told for the ${n}th time`);
      check(status < 300, `a write without NATS is answered with ${status}`);
    }
    const stateOf = async (sink: string) => {
      const { body } = await http("GET", `${kernelHttp}/relay`);
      return (body as Relay).lines.find((line) => line.sink === sink && line.branch === branch)?.state;
    };
    await until(async () => (await stateOf("events")) === "failing", "an operator sees that events wait");
    check((await http("GET", `${kernelHttp}/ready`)).status === 200, "the kernel is ready all the same");

    progress("NATS is back");
    await nats.restart();
    const log = (await wholeLog(kernel, branch)).flatMap(({ commit, changes }) =>
      changes.map((_, n) => `${commit.key}/${n}`),
    );
    await until(async () => (await events()).length >= log.length, "every change has its event");
    const published = (await events()).map((each) => each.id);
    check(repeated(published).length === 0, "no event is published twice");
    check(
      published.join() === log.join(),
      "the events are the log's changes, in its order, and nothing else",
    );
    await until(async () => (await stateOf("audit")) === "caught up", "the audit has every commit");
    const records = (await audited()).map((each) => each.commit);
    check(repeated(records).length === 0, "no commit is audited twice");
    check(records.length === (await wholeLog(kernel, branch)).length, "every commit has one record");
    kernel.close();
    figures["writes without NATS, all answered"] = WRITES_WITHOUT_NATS;
    figures["refused"] = REFUSALS;
    figures["events, each once and in order"] = published.length;
    figures["commits audited"] = records.length;
  },
};
