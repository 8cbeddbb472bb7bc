/** METEOR's alignment: which word of the candidate stands for which word of the reference. */
import { stem } from './stem.ts';

export interface Match {
  /** How the words agree: the same word, or the same stem. */
  kind: 'exact' | 'stem';
  /** Position in the candidate. */
  from: number;
}

/** By position in the reference. */
export type Alignment = (Match | undefined)[];

/** Partial alignments that are kept after each word of the reference, as in METEOR's own aligner. */
const beam = 40;

interface Path {
  matches: Alignment;
  used: boolean[];
  /** Words matched exactly. Matches by stem, of weight 0.6, are rounded down to none while paths are compared. */
  exact: number;
  chunks: number;
  /** Where the candidate would go on in the same chunk; -1 outside a chunk. */
  follow: number;
  distance: number;
}

/**
 * The alignment with most exact matches, then fewest chunks, then least displacement, found by beam search over the
 * words of the reference. Words with one possible partner on both sides are matched first.
 */
export function align(candidate: readonly string[], reference: readonly string[]): Alignment {
  const options = possibleMatches(candidate, reference);
  const partners = candidate.map((_, i) => options.flat().filter((match) => match.from === i).length);
  const fixed = options.map((list) => (list.length === 1 && partners[list[0].from] === 1 ? list[0] : undefined));
  const used = candidate.map((_, i) => fixed.some((match) => match?.from === i));
  let paths: Path[] = [{ matches: [...fixed], used, exact: 0, chunks: 0, follow: -1, distance: 0 }];
  for (let at = 0; at < reference.length; at++) {
    const next: Path[] = [];
    for (const path of paths.sort(compare).slice(0, beam)) {
      const only = fixed[at];
      if (only) {
        take(path, only);
        path.distance += Math.abs(at - only.from);
      } else next.push(...branches(path, options[at], at));
      next.push(path);
    }
    paths = next;
  }
  for (const path of paths) if (path.follow !== -1) path.chunks++;
  return paths.sort(compare)[0].matches;
}

/** One new path for each match that is still free; afterwards the path itself goes on without any. */
function branches(path: Path, options: readonly Match[], at: number): Path[] {
  const found: Path[] = [];
  for (const match of options) {
    if (path.used[match.from]) continue;
    const branch = { ...path, matches: [...path.matches], used: [...path.used] };
    branch.matches[at] = match;
    branch.used[match.from] = true;
    take(branch, match);
    found.push(branch);
    // METEOR 1.5 adds the displacement to the path that branches, not to the branch; scores depend on it.
    path.distance += Math.abs(at - match.from);
  }
  if (path.follow !== -1) path.chunks++;
  path.follow = -1;
  return found;
}

function take(path: Path, match: Match): void {
  if (match.kind === 'exact') path.exact++;
  if (path.follow !== -1 && path.follow !== match.from) path.chunks++;
  path.follow = match.from + 1;
}

const compare = (a: Path, b: Path): number => b.exact - a.exact || a.chunks - b.chunks || a.distance - b.distance;

/** All pairs of equal words, then all pairs of unlike words with one stem, by position in the reference. */
function possibleMatches(candidate: readonly string[], reference: readonly string[]): Match[][] {
  const stems = candidate.map(stem);
  return reference.map((word) => {
    const wanted = stem(word);
    const exact = candidate.flatMap((other, from): Match[] => (other === word ? [{ kind: 'exact', from }] : []));
    const alike = stems.flatMap((other, from): Match[] =>
      other === wanted && candidate[from] !== word ? [{ kind: 'stem', from }] : [],
    );
    return [...exact, ...alike];
  });
}
