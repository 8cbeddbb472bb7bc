/**
 * Tables that map our parameter paths to the names of published files. A rule covers a path and everything below it:
 * `['text.norm', 'bert.LayerNorm']` also maps `text.norm.weight`. `{i}` stands for a number, `{q|k}` for one of several
 * spellings, matched by position with `{query|key}` on the other side. The first rule that covers a path gives the name to
 * write; in reading, later ones that cover it are other spellings to try. A path that no rule covers keeps its name.
 */
import { UsageError } from '../core/errors.ts';

export interface RuleOptions {
  /** Ours is the index-th of `count` equal row slices of one fused published tensor. */
  rows?: readonly [index: number, count: number];
  /** The first alternatives of ours, in order, are the equal row slices of one fused published tensor. */
  fused?: true;
  /** The published matrix is [in, out]. Vectors below the same rule stay as they are. */
  transpose?: true;
  /** Leading axes of size one in the published tensor that ours lacks. Loading accepts them anyhow; saving restores them. */
  leading?: number;
}

export type NameRule = readonly [ours: string, theirs: string, options?: RuleOptions];

export interface NameRules {
  readonly rules: readonly NameRule[];
  /** Our path to the published name that is used when the rule's own name is missing: tied weights. */
  readonly fallbacks?: Readonly<Record<string, string>>;
  /** Globs of published names that may stay unused. */
  readonly ignore?: readonly string[];
  /** Prefixes that a file may lack or add: `git.`, `module.`. */
  readonly prefixes?: readonly string[];
}

/** Where one of our tensors lies in a published file. */
export interface Published extends Omit<RuleOptions, 'fused'> {
  readonly name: string;
}

/** A rule without alternatives: one pattern and one template. */
interface PlainRule extends Published {
  readonly pattern: RegExp;
}

/** The function from our path to its published places, the one to write first. */
export function publishedPlaces({ rules }: NameRules): (path: string) => Published[] {
  const plain = rules.flatMap(expand);
  return (path) => {
    const places: Published[] = [];
    for (const { pattern, name, ...options } of plain) {
      const match = pattern.exec(path);
      if (!match) continue;
      const filled = name.replace(/\{(\w+)\}/g, (_, index: string) => match.groups?.[index] ?? '');
      places.push({ ...options, name: filled + match.groups?.rest });
    }
    return places.length > 0 ? places : [{ name: path }];
  };
}

/** The published name of one of our paths; of a slice, the name of the whole. */
export const publishedName = (path: string, names: NameRules): string => publishedPlaces(names)(path)[0].name;

/** Our paths to published names. */
export function publishedNames(paths: Iterable<string>, names: NameRules): Map<string, string> {
  const placesOf = publishedPlaces(names);
  return new Map(Array.from(paths, (path) => [path, placesOf(path)[0].name]));
}

const alternatives = /\{([^{}]*\|[^{}]*)\}/;

function expand([ours, theirs, { fused, ...options } = {}]: NameRule): PlainRule[] {
  const choices = alternatives.exec(ours)?.[1].split('|');
  if (!choices) return [plainRule(ours, theirs, options)];
  const replacements = fused ? undefined : alternatives.exec(theirs)?.[1].split('|');
  if (!fused && replacements?.length !== choices.length)
    throw new UsageError(`the name rule '${ours}' has no ${choices.length} alternatives in '${theirs}'`);
  return choices.flatMap((choice, i) =>
    expand([
      ours.replace(alternatives, choice),
      replacements ? theirs.replace(alternatives, replacements[i]) : theirs,
      fused ? { ...options, rows: [i, choices.length] } : options,
    ]),
  );
}

function plainRule(ours: string, theirs: string, options: Omit<RuleOptions, 'fused'>): PlainRule {
  const left = alternatives.exec(theirs);
  if (left) throw new UsageError(`the name rule '${ours}' has nothing for the alternatives ${left[0]} of '${theirs}'`);
  const body = ours
    .split(/(\{\w+\})/)
    .map((part) =>
      part.startsWith('{') ? `(?<${part.slice(1, -1)}>\\d+)` : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
    )
    .join('');
  return { ...options, pattern: new RegExp(`^${body}(?<rest>(?:\\..*)?)$`), name: theirs };
}

/** The name itself first, then with each prefix added or taken away. */
export function spellings(name: string, prefixes: readonly string[] = []): string[] {
  const all = [name];
  for (const prefix of prefixes)
    all.push(...all.map((known) => (known.startsWith(prefix) ? known.slice(prefix.length) : prefix + known)));
  return all;
}

/** Whether a name is one of these globs; `*` stands for anything. */
export function globs(patterns: readonly string[] = []): (name: string) => boolean {
  const tests = patterns.map(
    (glob) =>
      new RegExp(
        `^${glob
          .split('*')
          .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
          .join('.*')}$`,
      ),
  );
  return (name) => tests.some((test) => test.test(name));
}
