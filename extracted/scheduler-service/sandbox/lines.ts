import type { Readable, Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

const MOST_LENGTH = 2 * 1024 * 1024;

type Reader = {
  readonly line: (line: string) => void;
  /** What came is no line, or one over 2 MiB: nothing more is read. */
  readonly tooLong: () => void;
};

/** Reads a stream line by line, and holds no more than one of them. */
export function readLines(from: Readable, reader: Reader): void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const take = (chunk: Buffer) => {
    const [first = "", ...more] = decoder.write(chunk).split("\n");
    const lines = [rest + first, ...more];
    rest = lines.pop() ?? "";
    if (rest.length > MOST_LENGTH || lines.some((line) => line.length > MOST_LENGTH)) {
      from.off("data", take);
      reader.tooLong();
      return;
    }
    for (const line of lines) reader.line(line);
  };
  from.on("data", take);
}

export function writeLine(to: Writable, message: object): void {
  to.write(`${JSON.stringify(message)}\n`);
}
