/** CenterNet's reading of its heat map (arXiv 1904.07850, section 4): an object is where its class is hottest around. */
export interface Place {
  /** Position on the map. */
  row: number;
  column: number;
  kind: number;
  score: number;
}

/**
 * The surest peaks: positions whose value is the largest among their eight neighbours, class by class.
 * @param heat [classes, rows, columns], values from 0 to 1
 */
export function peaks(heat: Float32Array, rows: number, columns: number, most: number): Place[] {
  const found: Place[] = [];
  for (let kind = 0; kind < heat.length / (rows * columns); kind++) {
    const at = (row: number, column: number) => heat[(kind * rows + row) * columns + column];
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        const score = at(row, column);
        let highest = true;
        for (let y = Math.max(0, row - 1); y <= Math.min(rows - 1, row + 1) && highest; y++)
          for (let x = Math.max(0, column - 1); x <= Math.min(columns - 1, column + 1); x++)
            if (at(y, x) > score) highest = false;
        if (highest) found.push({ row, column, kind, score });
      }
  }
  return found.sort((a, b) => b.score - a.score).slice(0, most);
}

/**
 * How much of each position of an axis lies between two points, so that all shares add up to 1.
 * @param from begin of the stretch, in positions
 */
export function shares(from: number, to: number, size: number): Float32Array {
  const covered = Float32Array.from({ length: size }, (_, i) => Math.max(0, Math.min(to, i + 1) - Math.max(from, i)));
  const all = covered.reduce((a, b) => a + b, 0);
  return covered.map((share) => share / all);
}
