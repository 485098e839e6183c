import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { z } from "zod";
import type { RecordedCall } from "./find.ts";

const schema = z.object({ method: z.string().min(1), args: z.array(z.unknown()) });

/** Reads calls from NDJSON, one `{"method": …, "args": […]}` a line. Throws with the line that is not one. */
export async function readCalls(path: string): Promise<RecordedCall[]> {
  const calls: RecordedCall[] = [];
  let number = 0;
  for await (const line of createInterface({
    input: createReadStream(path),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    number += 1;
    if (line.trim() === "") continue;
    const call = parse(line);
    if (!call) throw new Error(`${path}:${number} is not {"method": …, "args": […]}`);
    calls.push(call);
  }
  return calls;
}

function parse(line: string): RecordedCall | undefined {
  try {
    return schema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
