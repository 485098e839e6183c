import type { NewStrategy, ServerFlag, ServerStrategy } from "./admin-api.ts";
import type { ContextField, Definitions, Flag, Strategy, Variant } from "./flag.ts";

/** What the server holds: context fields by whether they allow stickiness, flags by their name there. */
export type ServerState = {
  readonly contextFields: ReadonlyMap<string, boolean>;
  readonly flags: ReadonlyMap<string, ServerFlag>;
};

type What =
  | { readonly kind: "create context field"; readonly field: ContextField }
  | { readonly kind: "update context field"; readonly field: ContextField }
  | { readonly kind: "create flag"; readonly flag: string; readonly description: string }
  | { readonly kind: "describe flag"; readonly flag: string; readonly description: string }
  | { readonly kind: "add strategy"; readonly flag: string; readonly strategy: NewStrategy }
  | { readonly kind: "repair strategy"; readonly flag: string; readonly strategy: ServerStrategy }
  | { readonly kind: "person needed"; readonly flag: string };

/** One step from what the server holds to what the data says, and why, for a person. */
export type Change = What & { readonly because: string };

/**
 * What must change on the server, in the order it must be done. Whether the flag is on and how much is live is
 * the release manager's: never a difference, and kept by every repair.
 */
export function changesTo(definitions: Definitions, server: ServerState, prefix: string): Change[] {
  return [
    ...definitions.contextFields.flatMap((field) => contextChange(field, server.contextFields)),
    ...definitions.flags.flatMap((flag) => {
      const name = prefix + flag.name;
      return flagChanges(flag, name, server.flags.get(name));
    }),
  ];
}

function contextChange(field: ContextField, found: ServerState["contextFields"]): Change[] {
  const stickiness = found.get(field.name);
  if (stickiness === undefined) {
    return [{ kind: "create context field", field, because: `context field ${field.name} is missing` }];
  }
  if (stickiness === field.stickiness) return [];
  const because = `context field ${field.name} ${field.stickiness ? "does not allow" : "allows"} stickiness`;
  return [{ kind: "update context field", field, because }];
}

function flagChanges(flag: Flag, name: string, found: ServerFlag | undefined): Change[] {
  if (!found) {
    const { description } = flag;
    const create: Change = { kind: "create flag", flag: name, description, because: `${name} is missing` };
    return [create, ...flag.strategies.flatMap((strategy) => strategyChanges(strategy, name, []))];
  }
  if (found.archived) {
    return [
      { kind: "person needed", flag: name, because: `${name} is archived: revive it or retire its name` },
    ];
  }
  const described: Change[] =
    found.description === flag.description
      ? []
      : [
          {
            kind: "describe flag",
            flag: name,
            description: flag.description,
            because: `${name} is described otherwise`,
          },
        ];
  return [
    ...described,
    ...flag.strategies.flatMap((strategy) => strategyChanges(strategy, name, found.strategies)),
  ];
}

function strategyChanges(wanted: Strategy, flag: string, found: readonly ServerStrategy[]): Change[] {
  const at = found.findIndex(({ title }) => title === wanted.title);
  const current = found[at];
  if (!current) {
    const strategy = toServer(wanted, flag);
    return [{ kind: "add strategy", flag, strategy, because: `${flag} has no strategy ${wanted.title}` }];
  }
  const ask = (strategy: ServerStrategy, what: string): Change => {
    const because = `${flag}: strategy ${strategy.title || strategy.name} ${what}`;
    return { kind: "person needed", flag, because };
  };
  const others = [
    ...found
      .slice(0, at)
      .filter((exception) => splitsBy(exception) !== undefined && splitsBy(exception) !== wanted.stickiness)
      .map((exception) => ask(exception, `splits by ${splitsBy(exception)}, not ${wanted.stickiness}`)),
    ...found
      .slice(at + 1)
      .map((unreached) => ask(unreached, `stands below ${wanted.title} and is never reached`)),
  ];
  const differences = differencesOf(wanted, current);
  if (differences.length === 0) return others;
  const strategy = { ...current, ...toServer({ ...wanted, variants: keepLive(wanted, current) }, flag) };
  return [
    { kind: "repair strategy", flag, strategy, because: `${flag}: ${differences.join("; ")}` },
    ...others,
  ];
}

/** The field a strategy tells callers apart by; undefined where it treats all of them alike. */
function splitsBy({ parameters, variants }: ServerStrategy): string | undefined {
  const stickiness = parameters["stickiness"] ?? "default";
  if (Number(parameters["rollout"] ?? 100) < 100) return stickiness;
  const drawn = variants.filter(({ weight }) => weight > 0);
  return drawn.length > 1 ? (drawn[0]?.stickiness ?? stickiness) : undefined;
}

function differencesOf(wanted: Strategy, found: ServerStrategy): string[] {
  const sticky = [found.parameters["stickiness"], ...found.variants.map(({ stickiness }) => stickiness)];
  const others = sticky.filter((by) => by !== wanted.stickiness);
  const variants = shapeOf(found.variants);
  return [
    ...(found.name === wanted.name ? [] : [`strategy is a ${found.name}, not a ${wanted.name}`]),
    ...(found.disabled ? ["strategy is disabled"] : []),
    ...(found.constraints.length + found.segments.length > 0 ? ["strategy is not for everyone"] : []),
    ...(Number(found.parameters["rollout"]) === wanted.rollout
      ? []
      : [`rollout is ${found.parameters["rollout"]} %, not ${wanted.rollout} %`]),
    ...(others.length === 0 ? [] : [`stickiness is ${others[0]}, not ${wanted.stickiness}`]),
    ...(isComplete(found) || variants === shapeOf(wanted.variants)
      ? []
      : [`variants are ${variants || "none"}, not ${shapeOf(wanted.variants)}`]),
  ];
}

function shapeOf(variants: readonly Pick<Variant, "name" | "weightType">[]): string {
  return variants.map(({ name, weightType }) => `${name} (${weightType})`).join(", ");
}

// A capability that is complete has this variant alone: a stage the release manager chose, not a difference.
function isComplete({ variants }: ServerStrategy): boolean {
  return variants.length === 1 && variants[0]?.name === "complete";
}

function keepLive(wanted: Strategy, found: ServerStrategy): readonly Variant[] {
  if (isComplete(found)) return found.variants;
  const live = found.variants.find(({ name }) => name === "live")?.weight;
  return live === undefined ? wanted.variants : withLive(wanted.variants, live);
}

/** The variants with `live` at `weight` thousandths and the variable one at the rest. */
export function withLive(variants: readonly Variant[], weight: number): Variant[] {
  return variants.map((variant) => ({
    ...variant,
    weight: variant.name === "live" ? weight : 1000 - weight,
  }));
}

/** A strategy as the Admin API takes it. */
export function toServer(strategy: Strategy, flag: string): NewStrategy {
  const { name, title, rollout, stickiness, variants } = strategy;
  return {
    name,
    title,
    disabled: false,
    // The group is what the hash of the stickiness field is salted with: the flag's own, so flags split differently.
    parameters: { rollout: String(rollout), stickiness, groupId: flag },
    constraints: [],
    segments: [],
    variants: variants.map((variant) => ({ ...variant, stickiness })),
  };
}
