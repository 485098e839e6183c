import type {
  CommitFramesRequest,
  CommitFramesResponse,
  CommitResponse,
  CommitTerms,
  DeepPartial,
  KernelServiceClient,
  Precondition as PreconditionMessage,
  Write as WriteMessage,
} from "@oms/protos/oms/kernel/v1/kernel.ts";
import { messageBytes, Room } from "../room.ts";
import type { CommitRequest } from "./types.ts";
import { preconditionMessage, writeMessage } from "./wire.ts";

/**
 * More at once would keep everyone else's calls waiting for as long as the kernel looks at them. A frame of its own costs
 * a commit more than that: writes go with what is asserted of the documents they change.
 */
const MOST = { writes: 1000, preconditions: 2000 } as const;

type Asked = Pick<CommitRequest, "writes" | "preconditions">;
type Frame = {
  readonly writes: DeepPartial<WriteMessage>[];
  readonly preconditions: DeepPartial<PreconditionMessage>[];
};

/** One message each way where both fit one, else frames. */
export async function sendCommit(
  client: KernelServiceClient,
  terms: DeepPartial<CommitTerms>,
  asked: Asked,
): Promise<Omit<CommitResponse, "more">> {
  const [only, ...more] = firstTwo(framesOf(asked));
  if (more.length > 0) return joined(client.commitFrames(requests(terms, asked)));
  const reply = await client.commit({ ...terms, ...only });
  if (!reply.more) return reply;
  const all = await joined(client.commitFrames(requests(terms, asked)));
  return { ...all, repeated: reply.repeated };
}

async function* requests(
  terms: DeepPartial<CommitTerms>,
  asked: Asked,
): AsyncGenerator<DeepPartial<CommitFramesRequest>> {
  let first = true;
  for (const frame of framesOf(asked)) {
    yield first ? { terms, ...frame } : frame;
    first = false;
  }
  yield { last: true };
}

/** Made one by one as they are asked for: only the caller holds all of it. */
function* framesOf(asked: Asked): Generator<Frame> {
  let frame: Frame = { writes: [], preconditions: [] };
  let room = new Room();
  for (const { bytes, of, into } of partsOf(asked)) {
    if (frame[of].length === MOST[of] || !room.takes(bytes)) {
      yield frame;
      frame = { writes: [], preconditions: [] };
      room = new Room();
      room.takes(bytes);
    }
    into(frame);
  }
  yield frame;
}

type Part = {
  readonly bytes: number;
  readonly of: keyof typeof MOST;
  readonly into: (frame: Frame) => void;
};

function* partsOf({ writes, preconditions = [] }: Asked): Generator<Part> {
  for (const precondition of preconditions) {
    const message = preconditionMessage(precondition);
    const bytes = messageBytes(JSON.stringify(precondition));
    yield { bytes, of: "preconditions", into: ({ preconditions }) => preconditions.push(message) };
  }
  for (const write of writes) {
    const message = writeMessage(write);
    const { operation } = message;
    const texts = operation.$case === "put" ? Object.values(operation.value) : [operation.value];
    yield { bytes: messageBytes(...texts), of: "writes", into: ({ writes }) => writes.push(message) };
  }
}

/** Whether `frames` are more than one is known without making more than two. */
function firstTwo(frames: Generator<Frame>): Frame[] {
  const two: Frame[] = [];
  for (const frame of frames) {
    two.push(frame);
    if (two.length === 2) break;
  }
  return two;
}

async function joined(frames: AsyncIterable<CommitFramesResponse>): Promise<CommitResponse> {
  let answer: CommitResponse | undefined;
  for await (const { part } of frames) {
    if (answer && part) answer.changes.push(...part.changes);
    else answer = part;
  }
  if (!answer) throw new Error("the kernel answered a commit with nothing");
  return answer;
}
