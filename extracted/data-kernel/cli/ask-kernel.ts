import { fromProblem } from "@oms/chassis/errors/problem.ts";
import { callerHeaders } from "../caller-headers.ts";
import type { Call, Option } from "./command.ts";

const ANSWER_WITHIN_MS = 600_000;

/** Options of a command that asks a running kernel; see callerHeaders for its token. */
export const KERNEL = {
  kernel: {
    type: "string",
    value: "URL",
    says: "a kernel's HTTP",
    variable: "KERNEL_HTTP_URL",
    preset: "http://127.0.0.1:8051",
  },
  author: { type: "string", value: "A", says: "who does it: subject@service", preset: "operator@kernel" },
} as const satisfies Readonly<Record<string, Option>>;

type Asked = {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: object;
  /** A file to send in the place of a body. */
  readonly archive?: Blob;
};

/** The answer of the kernel the call names; throws the ServiceError it answers with, or that it does not answer. */
export async function askKernel(call: Call, { method, path, body, archive }: Asked): Promise<unknown> {
  const url = call.text("kernel") ?? "";
  const response = await fetch(new URL(path, url.endsWith("/") ? url : `${url}/`), {
    method,
    headers: {
      "content-type": archive?.type ?? "application/json",
      "oms-author": call.text("author") ?? "",
      ...callerHeaders(),
    },
    ...(body && { body: JSON.stringify(body) }),
    ...(archive && { body: archive }),
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  }).catch((cause: unknown) => {
    throw new Error(`the kernel at ${url} does not answer`, { cause });
  });
  if (response.ok) return response.json();
  throw fromProblem(await response.text()) ?? new Error(`the kernel at ${url} answers ${response.status}`);
}
