/** Why a child ended while it had work: what it did to itself, or why it was killed. */
export type EndedCode = "crashed" | "out-of-memory" | "flooded";

export class Ended extends Error {
  override readonly name = "Ended";
  readonly code: EndedCode;

  /** `message` goes on after "the executor's process". */
  constructor(code: EndedCode, message: string) {
    super(`the executor's process ${message}`);
    this.code = code;
  }
}
