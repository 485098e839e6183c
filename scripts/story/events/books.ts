/** An event that was acknowledged to its publisher, or that the relay has to publish of a commit. */
export type Asked = {
  /** `<source> <id>` */
  readonly identity: string;
  readonly domain: string;
  /** What it is about. */
  readonly key: string;
  /** Of what was published; absent where the auditor cannot know it. */
  readonly digest?: string;
};

/** A message of a domain's stream. */
export type Message = Required<Asked>;

/** A delivery to a subscriber, as its handler left it. */
export type Line = { readonly subscriber: string; readonly identity: string };

/** One change in the kernel that a subscriber made for an event. */
export type Effect = { readonly subscriber: string; readonly identity: string };

export type Subscribed = { readonly name: string; readonly domain: string; readonly ordered: boolean };

/** All that is known of what became of events. */
export type Books = {
  /** What was acknowledged to publishers. No order is promised of it. */
  readonly published: readonly Asked[];
  /** What changed in the kernel, in the order of the log: its events are to be in the stream COMMITS in this order. */
  readonly committed: readonly Asked[];
  /** In each domain's stream, in its order. */
  readonly messages: readonly Message[];
  readonly subscribers: readonly Subscribed[];
  readonly lines: readonly Line[];
  /** In the order of the log. */
  readonly effects: readonly Effect[];
};

/** One way in which the books do not agree. */
export type Finding = {
  readonly rule:
    | "lost"
    | "unasked"
    | "altered"
    | "doubled"
    | "reordered"
    | "unseen"
    | "without effect"
    | "unbegun";
  /** `<source> <id>` */
  readonly identity: string;
  readonly text: string;
};
