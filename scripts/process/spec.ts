/** What tells that a process can be used: an answer it gives, or, for a step, that it ended well. */
export type Readiness =
  | { readonly http: string; readonly headers?: Readonly<Record<string, string>> }
  | { readonly tcp: number; readonly send: string; readonly expect: string }
  | { readonly exit: true };

/** A port a process listens on, and the environment variable that moves it. */
export type Port = { readonly setting: string; readonly port: number };

/** One operating-system process, or a step that runs to its end. */
export type Spec = {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly ports: readonly Port[];
  /** A directory that must be there before the process is. */
  readonly data?: string;
  /** Names that must be ready first; names that are not in the list are someone else's to run. */
  readonly needs: readonly string[];
  readonly readiness: Readiness;
  /** How long it may take to become ready, in seconds. */
  readonly patience: number;
};
