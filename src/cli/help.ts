/** The end of a help text. */
export const examples = (...lines: string[]): string =>
  ['', 'Examples:', ...lines.map((line) => `  $ sightread ${line}`)].join('\n');
