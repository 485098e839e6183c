import type { LineStatus, ParkedStatus, RelayStatus } from "../relay/status.ts";
import { askKernel, KERNEL } from "./ask-kernel.ts";
import { type Answer, type Call, type Command, operandsOf } from "./command.ts";

const NOTHING_PARKED = "nothing is parked";

const status: Command = {
  usage: "",
  says: `how every sink stands on every branch, what is parked, and what somebody has to look at (exit 1)`,
  options: KERNEL,
  async run(call) {
    const value = await read(call);
    const lines = [...value.lines.map(lineText), ...value.alarms.map((alarm) => `! ${alarm}`)];
    return { lines: lines.length > 0 ? lines : ["no sink has begun"], value, ok: value.alarms.length === 0 };
  },
};

const parked: Command = {
  usage: "",
  says: "the entries that wait for an operator, each with why; later ones of the same document wait behind it",
  options: KERNEL,
  async run(call) {
    const { parked: value } = await read(call);
    return {
      lines: value.length > 0 ? value.map(parkedText) : [NOTHING_PARKED],
      value,
      ok: value.length === 0,
    };
  },
};

const replay: Command = {
  usage: "ID",
  says: "delivers a parked entry once more, and what waits behind it; the leading kernel does it within a second",
  options: KERNEL,
  run: (call) => ask(call, "replay"),
};

const discard: Command = {
  usage: "ID",
  says: "gives a parked entry up, which is never delivered then; what waits behind it goes out",
  options: KERNEL,
  run: (call) => ask(call, "discard"),
};

const move: Command = {
  usage: "SINK BRANCH COMMIT",
  says: "has a sink go on after COMMIT of a branch (`beginning`: before the first), whatever it has had",
  options: KERNEL,
  async run(call) {
    const [sink, branch, commit] = operandsOf(call, ["SINK", "BRANCH", "COMMIT"]);
    const path = `relay/lines/${encodeURIComponent(sink)}/${encodeURIComponent(branch)}/move`;
    const value = await askKernel(call, { method: "POST", path, body: { commit } });
    return { lines: [`${sink} goes on after ${commit} on ${branch}`], value, ok: true };
  },
};

const forget: Command = {
  usage: "SINK",
  says: "drops the cursors and parked entries of a sink that no kernel is configured with any more",
  options: KERNEL,
  async run(call) {
    const [sink] = operandsOf(call, ["SINK"]);
    const path = `relay/sinks/${encodeURIComponent(sink)}/forget`;
    const value = (await askKernel(call, { method: "POST", path })) as { forgotten: number };
    return {
      lines: [`${value.forgotten} cursors and parked entries of ${sink} are forgotten`],
      value,
      ok: true,
    };
  },
};

export const relayCommands: Readonly<Record<string, Command>> = {
  "relay status": status,
  "relay parked": parked,
  "relay replay": replay,
  "relay discard": discard,
  "relay move": move,
  "relay forget": forget,
};

async function read(call: Call): Promise<RelayStatus> {
  operandsOf(call, []);
  return (await askKernel(call, { method: "GET", path: "relay" })) as RelayStatus;
}

async function ask(call: Call, what: "replay" | "discard"): Promise<Answer> {
  const [id] = operandsOf(call, ["ID"]);
  const path = `relay/parked/${encodeURIComponent(id)}/${what}`;
  const value = await askKernel(call, { method: "POST", path });
  return { lines: [`${id}: ${what} asked`], value, ok: true };
}

function lineText({ sink, branch, state, pending, lagSeconds, advice }: LineStatus): string {
  const lag = pending > 0 ? `, ${pending} commits, the oldest ${lagSeconds.toFixed(1)} s old` : "";
  return `${sink} on ${branch}: ${state}${lag}${advice ? ` (${advice})` : ""}`;
}

function parkedText({ id, key, reason, sinceMs }: ParkedStatus): string {
  return `${id}  ${key}  since ${new Date(sinceMs).toISOString()}: ${reason}`;
}
