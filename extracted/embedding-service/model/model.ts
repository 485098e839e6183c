import { setImmediate } from "node:timers/promises";
import { currentContext } from "@oms/chassis/context/context.ts";
import type { Embedding } from "../port.ts";
import { Batcher, type BatcherOptions } from "./batcher.ts";
import { onnxPathOf, readModelDirectory } from "./directory.ts";
import { openSession, type Provider, type Session } from "./session.ts";
import { createTokeniser, type Tokeniser, type Tokens } from "./tokenizer.ts";

export type ModelOptions = Pick<BatcherOptions, "budget" | "queueLimit" | "ran"> & {
  readonly directory: string;
  /** Worker threads, each with its own copy of the weights. */
  readonly workers: number;
  /** Threads one inference spreads over. */
  readonly threads: number;
  readonly provider: Provider;
};

export type Model = {
  readonly version: string;
  /** Length of a vector. */
  readonly dimensions: number;
  /** Errors: those of the batcher. */
  readonly embed: (text: string) => Promise<Embedding>;
  /** In the order of the texts. */
  readonly embedBatch: (texts: readonly string[]) => Promise<Embedding[]>;
  /** Texts that wait for a session. */
  readonly queued: () => number;
  readonly close: () => Promise<void>;
};

/** Cutting texts into tokens may hold the loop this long, in milliseconds; then others get their turn. */
const SLICE_MS = 5;
const WARM_UP_LENGTHS = [1, 16, 128] as const;

/** Loads the model and runs it once in every size class, so that the first caller is served at full speed. */
export async function openModel(options: ModelOptions): Promise<Model> {
  const { directory, sessions } = await load(options);
  const tokenise = createTokeniser(directory);
  await Promise.all(sessions.map((each) => warmUp(each, directory.maxTokens)));
  const batcher = new Batcher({ ...options, sessions, padId: directory.padId, now: Date.now });
  const embedTokens = async ({ ids, ...seen }: Tokens): Promise<Embedding> => ({
    vector: await batcher.embed(ids, currentContext().deadline),
    ...seen,
  });

  return {
    version: directory.version,
    dimensions: sessions[0]?.dimensions ?? 0,
    embed: (text) => embedTokens(tokenise(text)),
    async embedBatch(texts) {
      return Promise.all((await tokeniseAll(tokenise, texts)).map(embedTokens));
    },
    queued: () => batcher.queued,
    async close() {
      await Promise.all(sessions.map((each) => each.close()));
    },
  };
}

/** Side by side, as reading a large model for its version takes about as long as opening a session. */
async function load(options: ModelOptions) {
  const opening = openSessions(options);
  try {
    const [directory, sessions] = await Promise.all([readModelDirectory(options.directory), opening]);
    return { directory, sessions };
  } catch (error) {
    const opened = await opening.catch(() => []);
    await Promise.all(opened.map((each) => each.close()));
    throw error;
  }
}

function openSessions({ directory, workers, threads, provider }: ModelOptions): Promise<Session[]> {
  const onnxPath = onnxPathOf(directory);
  const session = () => openSession({ onnxPath, threads, provider });
  return Promise.all(Array.from({ length: workers }, session));
}

async function tokeniseAll(tokenise: Tokeniser, texts: readonly string[]): Promise<Tokens[]> {
  const tokens: Tokens[] = [];
  let sliceEnd = performance.now() + SLICE_MS;
  for (const text of texts) {
    if (performance.now() > sliceEnd) {
      await setImmediate();
      sliceEnd = performance.now() + SLICE_MS;
    }
    tokens.push(tokenise(text));
  }
  return tokens;
}

async function warmUp(session: Session, maxTokens: number): Promise<void> {
  for (const length of WARM_UP_LENGTHS) {
    const columns = Math.min(length, maxTokens);
    const ids = new BigInt64Array(columns);
    await session.run({ rows: 1, columns, ids, mask: new BigInt64Array(columns).fill(1n) });
  }
}
