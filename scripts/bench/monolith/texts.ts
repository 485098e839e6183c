const WORDS =
  "harbour library mountain railway violin tower bridge river garden market winter summer music letter doctor " +
  "teacher window kitchen history science ocean forest village castle engine paper silver morning evening island";

const EACH = WORDS.split(" ");
const LENGTH = 24;

/** A text of English words, which the default model knows, and so many to draw from that no cache has it. */
export function textOf(random: () => number): string {
  return Array.from({ length: LENGTH }, () => EACH[Math.floor(random() * EACH.length)]).join(" ");
}
