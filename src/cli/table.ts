/** Rows of cells as lines, each column as wide as its widest cell; of a table of numbers, the first column names them. */
export function columns(rows: readonly (readonly string[])[], { numbers = false } = {}): string[] {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (numbers && i > 0 ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd(),
  );
}
