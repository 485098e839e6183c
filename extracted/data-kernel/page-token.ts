import { invalid } from "@oms/chassis/errors/service-error.ts";
import { z } from "zod";

/** Where a page ended: what was asked, as of which commit, and the last entry shown. */
export type Place = { readonly of: readonly string[]; readonly at: string; readonly after: string };

const place = z.tuple([z.array(z.string()), z.string(), z.string()]);

export function writeToken({ of, at, after }: Place): string {
  return Buffer.from(JSON.stringify([of, at, after])).toString("base64url");
}

/**
 * The place `token` stands for.
 * @throws INVALID_ARGUMENT on `pageToken` when it is none, or was given for another question than `of` or for
 * another commit than `at` ("" asks for whichever the first page read).
 */
export function readToken(token: string, of: readonly string[], at: string): Place {
  const parsed = place.safeParse(parseJson(Buffer.from(token, "base64url").toString()));
  if (!parsed.success) throw invalid("pageToken", "must be one an earlier page gave");
  const [tokenOf, tokenAt, after] = parsed.data;
  const same = JSON.stringify(tokenOf) === JSON.stringify(of) && (at === "" || at === tokenAt);
  if (!same) throw invalid("pageToken", "must be one the same request gave");
  return { of, at: tokenAt, after };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
