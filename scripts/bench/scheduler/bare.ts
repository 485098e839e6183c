import { randomUUID } from "node:crypto";
import type { Kernel, Write } from "@oms/data-kernel/client.ts";
import { executionDocument } from "@oms/jobs/execution.ts";
import { EXECUTION, JOB, jobDocument } from "@oms/jobs/job.ts";
import {
  CancelJobRequest,
  CancelJobResponse,
  RegisterJobRequest,
  RegisterJobResponse,
  RunJobRequest,
  RunJobResponse,
} from "@oms/protos/oms/scheduler/v1/scheduler.ts";
import type { EchoClient } from "../echo/client.ts";
import { pathOf, specOf } from "./messages.ts";

export const BARE_BRANCH = "bench/bare/main";

/** What each call is made of, part by part: the messages without the service, the commit without its reasons. */
export type Bare = {
  readonly echo: Readonly<Record<"register" | "cancel" | "run", () => Promise<unknown>>>;
  readonly commit: Readonly<Record<"register" | "cancel" | "run", () => Promise<unknown>>>;
};

export function bareParts(echo: EchoClient, kernel: Kernel): Bare {
  const put = (id: string, type: string, body: object): Write => ({ put: { id, type, body } });
  const commit = (write: Write, absent: string) =>
    kernel.commit({
      branch: BARE_BRANCH,
      message: "bench",
      writes: [write],
      preconditions: [{ absent }],
    });
  const job = () => {
    const id = jobDocument(randomUUID());
    return commit(put(id, JOB, { ...specOf("some-job"), owner: "extracted", floorMs: 0 }), id);
  };
  const execution = () => {
    const id = executionDocument(`some-job/${randomUUID()}`);
    return commit(put(id, EXECUTION, { job: "some-job", status: "waiting", attempts: [] }), id);
  };
  const named = { id: "some-job" };
  return {
    echo: {
      register() {
        const bytes = RegisterJobRequest.encode(RegisterJobRequest.fromPartial({ spec: specOf("some-job") }));
        const path = pathOf("RegisterJob");
        return echo.call(path, bytes.finish(), (answer) => RegisterJobResponse.decode(answer));
      },
      cancel: () =>
        echo.call(pathOf("CancelJob"), CancelJobRequest.encode(named).finish(), (answer) =>
          CancelJobResponse.decode(answer),
        ),
      run: () =>
        echo.call(pathOf("RunJob"), RunJobRequest.encode(named).finish(), (answer) =>
          RunJobResponse.decode(answer),
        ),
    },
    commit: { register: job, cancel: job, run: execution },
  };
}
