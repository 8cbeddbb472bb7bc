/**
 * Errors a person can act on. Every message names the thing (file, parameter, option), says what is wrong with it and
 * what to do; the command line prints `message` alone, so it must stand without a stack trace.
 */
export class SightreadError extends Error {
  override name = 'SightreadError';
}

/** A picture, text or row that cannot be used. In a batch it costs only its own row. */
export class InputError extends SightreadError {
  override name = 'InputError';
}

/** A checkpoint file, tensor or configuration that does not fit. */
export class CheckpointError extends SightreadError {
  override name = 'CheckpointError';
}

/** An option or argument that means nothing here; the message lists what would work. */
export class UsageError extends SightreadError {
  override name = 'UsageError';
}

/** A hub or network fault. */
export class DownloadError extends SightreadError {
  override name = 'DownloadError';
}

/** Shapes or dtypes that do not fit while a model is traced: a fault of the model's code or of its configuration. */
export class ShapeError extends SightreadError {
  override name = 'ShapeError';
}

/** The text of any thrown value, in one line. */
export function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, ' ').trim();
}

/** The candidates nearest to a mistyped word, for "did you mean". */
export function nearest(word: string, candidates: Iterable<string>, most = 3): string[] {
  const scored = [...candidates].map((candidate) => ({ candidate, distance: editDistance(word, candidate) }));
  return scored
    .filter(({ candidate, distance }) => distance <= Math.max(2, Math.ceil(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length];
}
