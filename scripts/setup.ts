import { ROOT } from "./root.ts";
import { readSettings } from "./settings.ts";
import { setUp } from "./setup/set-up.ts";

try {
  const began = performance.now();
  await setUp(readSettings(process.env, ROOT), (line) => console.log(line));
  console.log(`set up: everything is in place, ${((performance.now() - began) / 1000).toFixed(1)} s`);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
