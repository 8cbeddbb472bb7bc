/** A file of JSON lines with what a model said, row by row, from which an evaluation that was stopped goes on. */
import { appendFile, readFile } from 'node:fs/promises';
import { InputError, reason, UsageError } from '../../core/errors.ts';

export type Entry = Readonly<Record<string, unknown>>;

export interface Ledger {
  /** What the file held when it was opened, by id. */
  readonly done: ReadonlyMap<string, Entry>;
  /** Writes whole lines. */
  add(entries: readonly Entry[]): Promise<void>;
}

/** What all lines of a file have in common. */
export interface Settings {
  model: string;
  /** Options that change what is said. */
  options: Entry;
}

/** Throws UsageError for a name that promises another form, before any work is done for it. */
export function checkLedgerName(path: string): void {
  if (!/\.jsonl$/i.test(path)) throw new UsageError(`--out ${path}: JSON lines are written; give a name in .jsonl`);
}

/**
 * Opens the file, or makes one with the first line; without a name nothing is kept. A line that was cut by a kill is
 * written again. `idOf` is the field of an entry's id, or makes one; `isWhole` says whether an entry has what the task needs.
 * @throws UsageError when the file was written with other settings or for another task
 */
export async function openLedger(
  path: string | undefined,
  idOf: string | ((entry: Entry) => string),
  { model, options }: Settings,
  isWhole: (entry: Entry) => boolean,
): Promise<Ledger> {
  if (path === undefined) return { done: new Map(), add: async () => undefined };
  const content = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as { code?: string }).code === 'ENOENT') return '';
    throw new InputError(`--out ${path}: cannot be read (${reason(error)})`);
  });
  const common = { model, ...(Object.keys(options).length > 0 && { options }) };
  const done = new Map<string, Entry>();
  for (const entry of wholeLines(content)) {
    if (entry.model !== model || JSON.stringify(entry.options ?? {}) !== JSON.stringify(options) || !isWhole(entry))
      throw new UsageError(
        `--out ${path}: holds what ${entry.model ?? 'something else'} said, perhaps with other options; name another file`,
      );
    done.set(typeof idOf === 'string' ? String(entry[idOf]) : idOf(entry), entry);
  }
  let before = content === '' || content.endsWith('\n') ? '' : '\n';
  return {
    done,
    async add(entries) {
      const lines = entries.map((entry) => `${JSON.stringify({ ...entry, ...common })}\n`);
      await appendFile(path, before + lines.join(''));
      before = '';
    },
  };
}

function* wholeLines(content: string): Generator<Entry> {
  for (const line of content.split('\n'))
    try {
      if (line.trim()) yield JSON.parse(line) as Entry;
    } catch {
      // The line that a kill cut off; its row is done again.
    }
}
