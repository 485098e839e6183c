import type { Document, Write } from "../store/port.ts";
import { idOf } from "../store/writes.ts";
import type { ProposedChange, ProposedDocument } from "./hook.ts";

type Find = (id: string) => Document | undefined;

/** A write as hooks see it: what nobody asks about is neither read nor parsed. */
export class Change implements ProposedChange {
  readonly field: string;
  readonly id: string;
  readonly after: ProposedDocument | undefined;
  readonly #find: Find;
  #before: { readonly of: ProposedDocument | undefined } | undefined;
  #value: { readonly of: unknown } | undefined;

  /** `place` is where the request has the write. */
  constructor(write: Write, place: string, find: Find) {
    this.field = `${place}.${"put" in write ? "put" : "delete"}`;
    this.id = idOf(write);
    this.after = "put" in write ? write.put : undefined;
    this.#find = find;
  }

  get before(): ProposedDocument | undefined {
    this.#before ??= { of: this.#find(this.id) };
    return this.#before.of;
  }

  get value(): unknown {
    this.#value ??= { of: this.after && JSON.parse(this.after.body) };
    return this.#value.of;
  }
}
