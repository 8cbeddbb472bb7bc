/**
 * Texts that a model wrote, by the picture or question they belong to: the results files of COCO and VQA (a JSON list),
 * JSON lines, an object of texts by name, or lines of name, tab and text as `sightread caption` prints them.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { InputError, reason } from '../../core/errors.ts';
import type { BadRow } from '../captions.ts';

/** Under which names a row keeps what it belongs to, and its text; the first that a row has counts. */
export interface Fields {
  ids: readonly string[];
  texts: readonly string[];
}

export const captionFields: Fields = {
  ids: ['image_id', 'id', 'image', 'file_name'],
  texts: ['caption', 'text', 'prediction'],
};
export const answerFields: Fields = { ids: ['question_id', 'id'], texts: ['answer', 'prediction', 'text'] };

export interface Predictions {
  texts: Map<string, string>;
  bad: BadRow[];
}

/** @throws InputError when the file cannot be read, is of no such form, or holds not one text */
export async function readPredictions(file: string, fields: Fields): Promise<Predictions> {
  const content = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new InputError(`${file}: cannot be read (${reason(error)})`);
  });
  const found: Predictions = { texts: new Map(), bad: [] };
  for (const { where, id, text, error } of rowsOf(file, content.replace(/^\uFEFF/, ''), fields)) {
    const fault =
      error ?? (id === undefined ? `no ${fields.ids[0]}` : text === undefined ? `no ${fields.texts[0]}` : '');
    if (fault) found.bad.push({ where, fault });
    else if (found.texts.has(id as string)) found.bad.push({ where, fault: `${id} is there twice; the first counts` });
    else found.texts.set(id as string, text as string);
  }
  if (found.texts.size === 0) {
    const [first] = found.bad;
    throw new InputError(`${file}: no predictions in it${first ? ` (${first.where}: ${first.fault})` : ''}`);
  }
  return found;
}

interface Row {
  where: string;
  id?: string;
  text?: string;
  error?: string;
}

function* rowsOf(file: string, content: string, fields: Fields): Generator<Row> {
  const name = basename(file);
  if (/\.json$/i.test(file)) {
    yield* listed(file, content, fields);
    return;
  }
  for (const [i, line] of content.split(/\r?\n/).entries()) {
    if (!line.trim()) continue;
    const where = `${name}:${i + 1}`;
    const tab = line.indexOf('\t');
    if (line.startsWith('{')) {
      const row = parsed(line);
      yield row === undefined ? { where, error: 'not JSON' } : { where, ...fromRow(row, fields) };
    } else if (tab < 0) yield { where, error: 'neither JSON nor a name, a tab and a text' };
    else yield { where, id: line.slice(0, tab).trim(), text: line.slice(tab + 1).trim() };
  }
}

function* listed(file: string, content: string, fields: Fields): Generator<Row> {
  const value = parsed(content);
  const name = basename(file);
  if (Array.isArray(value))
    for (const [i, row] of value.entries()) yield { where: `${name}[${i}]`, ...fromRow(row, fields) };
  else if (typeof value === 'object' && value !== null)
    for (const [id, text] of Object.entries(value)) yield { where: `${name}: ${id}`, id, text: textOf(text) };
  else throw new InputError(`${file}: not a JSON list of predictions`);
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

function fromRow(row: unknown, { ids, texts }: Fields): Omit<Row, 'where'> {
  if (typeof row !== 'object' || row === null) return { error: 'not an object' };
  const fields = row as Record<string, unknown>;
  if (typeof fields.error === 'string') return { error: fields.error };
  const value = (names: readonly string[]) => textOf(fields[names.find((name) => fields[name] !== undefined) ?? '']);
  return { id: value(ids), text: value(texts) };
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
