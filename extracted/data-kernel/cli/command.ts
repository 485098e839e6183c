/** A sub-command of `kernel`. */
export type Command = {
  /** What follows its name: `FILE [options]`. */
  readonly usage: string;
  /** What it does, in a line or a few. */
  readonly says: string;
  readonly options: Readonly<Record<string, Option>>;
  /** Throws UsageError, or what kept it from an answer. */
  readonly run: (call: Call) => Promise<Answer>;
};

export type Option =
  | { readonly type: "boolean"; readonly says: string }
  | {
      readonly type: "string";
      readonly value: string;
      /** It may be given more than once. */
      readonly many?: true;
      readonly says: string;
      /** The variable that says it where the option does not. */
      readonly variable?: string;
      readonly preset?: string;
    };

export type Call = {
  readonly operands: readonly string[];
  /** Of a string option: given, else its variable's, else its preset. */
  readonly text: (option: string) => string | undefined;
  /** Of an option that may be given more than once. */
  readonly texts: (option: string) => readonly string[];
  readonly on: (option: string) => boolean;
  /** A line that comes and goes while the command works. */
  readonly progress: (line: string) => void;
};

/** What a command has to say: lines for a person, a value for a program, and whether all is well (exit 0, else 1). */
export type Answer = { readonly lines: readonly string[]; readonly value: unknown; readonly ok: boolean };

export class UsageError extends Error {}

/** The operands of a command that takes exactly `names`. */
export function operandsOf<const N extends readonly string[]>(
  { operands }: Call,
  names: N,
): { [K in keyof N]: string } {
  if (operands.length !== names.length) throw new UsageError(`${names.join(" ")}?`);
  return operands as unknown as { [K in keyof N]: string };
}

/** The folder of kernel.db, where `npm start` has it unless told otherwise. */
export const DATA: Option = {
  type: "string",
  value: "DIR",
  says: "the kernel's folder",
  variable: "DATA_DIR",
  preset: ".run/data/kernel",
};
