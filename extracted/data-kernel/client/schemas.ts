import { randomUUID } from "node:crypto";
import { currentContext } from "@oms/chassis/context/context.ts";
import type { KernelServiceClient } from "@oms/protos/oms/kernel/v1/kernel.ts";
import { modeOf } from "./call.ts";
import { noteRead, pinnedCommit } from "./reads.ts";
import { retryUnavailable } from "./retry.ts";
import type { TypeSchema, UpdateSchemaOutcome, UpdateSchemaRequest } from "./types.ts";
import { toCommit } from "./wire.ts";

type Place = { readonly branch: string; readonly type: string; readonly at: string | undefined };

export async function getSchema(client: KernelServiceClient, place: Place): Promise<TypeSchema | undefined> {
  const context = currentContext();
  const asked = { ...place, at: place.at ?? pinnedCommit(context, place.branch) };
  const reply = await retryUnavailable(() => client.getSchema(asked));
  if (place.at === undefined) noteRead(context, place.branch, reply.at);
  return reply.schema && { ...reply.schema, schema: JSON.parse(reply.schema.schema) as object };
}

export async function updateSchema(
  client: KernelServiceClient,
  request: UpdateSchemaRequest,
): Promise<UpdateSchemaOutcome> {
  const context = currentContext();
  const { branch, type, message, references = [], revision = "" } = request;
  const asked = {
    branch,
    type,
    message,
    references: references.map(({ pointer, prefix }) => ({ pointer, prefix })),
    revision,
    schema: JSON.stringify(request.schema),
    key: request.key ?? context.key ?? randomUUID(),
    mode: modeOf(context),
    at: pinnedCommit(context, branch),
  };
  const reply = await retryUnavailable(() => client.updateSchema(asked));
  noteRead(context, branch, reply.at);
  return { commit: reply.commit && toCommit(reply.commit), repeated: reply.repeated };
}
