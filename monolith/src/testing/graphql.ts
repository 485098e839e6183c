import assert from "node:assert/strict";
import type { Express } from "express";
import supertest from "supertest";
import { z } from "zod";

const violation = z.object({ field: z.string(), message: z.string() });
const answer = z.object({
  data: z.record(z.string(), z.json()).nullish(),
  errors: z
    .array(
      z.strictObject({
        message: z.string(),
        locations: z.array(z.object({ line: z.number(), column: z.number() })).optional(),
        path: z.array(z.union([z.string(), z.number()])).optional(),
        extensions: z.strictObject({ code: z.string(), violations: z.array(violation) }),
      }),
    )
    .optional(),
});

export type Ask = {
  readonly variables?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly branch?: string;
};

/** What /graphql answers; its errors have the shape that is promised. */
export async function ask(app: Express, query: string, { variables, headers, branch }: Ask = {}) {
  const { body } = await supertest(app)
    .post("/graphql")
    .query(branch === undefined ? {} : { branch })
    .set({ ...headers })
    .send({ query, variables });
  return answer.parse(body);
}

/** The data of an answer that has no errors. */
export async function dataOf(app: Express, query: string, more: Ask = {}) {
  const { data, errors } = await ask(app, query, more);
  assert.deepEqual(errors, undefined);
  return data ?? {};
}

/** The only error of an answer, as a REST problem would say it. */
export async function refusalOf(app: Express, query: string, more: Ask = {}) {
  const { errors } = await ask(app, query, more);
  assert.equal(errors?.length, 1, JSON.stringify(errors));
  const { message: detail, extensions } = errors[0] ?? assert.fail();
  return { title: extensions.code, detail, errors: extensions.violations };
}
