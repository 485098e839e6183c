import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../root.ts";
import type { Story } from "./story.ts";

const FOLDER = join(ROOT, "scripts", "stories");

/** Every story there is, by the name of its file. */
export async function storyNames(): Promise<string[]> {
  const files = await readdir(FOLDER);
  const names = files.filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
  return names.map((file) => file.replace(/\.ts$/, "")).toSorted((a, b) => a.localeCompare(b));
}

/** Throws when the file exports no story. */
export async function loadStory(name: string): Promise<Story> {
  const loaded: { story?: Story } = await import(join(FOLDER, `${name}.ts`));
  if (typeof loaded.story?.run !== "function") throw new Error(`scripts/stories/${name}.ts exports no story`);
  return loaded.story;
}
