/** Counts of the runs of 1 to n tokens in a caption. */

/** Result[k] counts the runs of k + 1 tokens; a run is its tokens joined by spaces, which tokens never hold. */
export function countRuns(tokens: readonly string[], longest: number): Map<string, number>[] {
  return Array.from({ length: longest }, (_, k) => {
    const counts = new Map<string, number>();
    for (let start = 0; start + k < tokens.length; start++) {
      const run = tokens.slice(start, start + k + 1).join(' ');
      counts.set(run, (counts.get(run) ?? 0) + 1);
    }
    return counts;
  });
}
