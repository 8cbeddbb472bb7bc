/** Finding the picture and the caption among the columns of a table or the fields of a JSON row. */
import { nearest, UsageError } from '../../core/errors.ts';

export interface ColumnOptions {
  /** Column of the picture or of its file name or address. Found by its usual names where it is not given. */
  imageColumn?: string;
  /** Column of the caption or of a list of captions. Found by its usual names where it is not given. */
  captionColumn?: string;
}

const imageNames = [
  'image',
  'file_name',
  'filename',
  'image_path',
  'filepath',
  'path',
  'file',
  'img',
  'jpg',
  'jpeg',
  'png',
  'webp',
  'picture',
  'image_name',
  'image_bytes',
  'bytes',
  'url',
  'image_url',
  'img_url',
  'image_id',
  'id',
  'name',
];
const captionNames = [
  'caption',
  'captions',
  'text',
  'texts',
  'txt',
  'sentence',
  'sentences',
  'title',
  'description',
  'alt_text',
  'alt',
  'comment',
  'raw',
  'label',
];

export interface Columns {
  image: string;
  caption: string;
}

/**
 * The names of both columns among those that exist.
 * @throws UsageError when one is missing; the message names what exists and the option that decides.
 */
export function columnsOf(file: string, existing: readonly string[], options: ColumnOptions): Columns {
  return {
    image: columnOf(file, existing, options.imageColumn, imageNames, 'imageColumn'),
    caption: columnOf(file, existing, options.captionColumn, captionNames, 'captionColumn'),
  };
}

/**
 * The column that is wanted, or the first with a usual name.
 * @throws UsageError when there is none; the message names what exists and the option that decides.
 */
export function columnOf(
  file: string,
  existing: readonly string[],
  wanted: string | undefined,
  usual: readonly string[],
  option: string,
): string {
  const columns = existing.join(', ') || 'none';
  if (wanted !== undefined) {
    if (existing.includes(wanted)) return wanted;
    const [like] = nearest(wanted, existing, 1);
    throw new UsageError(
      `${file}: no column "${wanted}" (${option}); it has: ${columns}${like ? `; did you mean "${like}"?` : ''}`,
    );
  }
  const found = usualColumn(existing, usual);
  if (found === undefined)
    throw new UsageError(`${file}: cannot tell the ${option} among its columns: ${columns}; pass { ${option}: NAME }`);
  return found;
}

function usualColumn(existing: readonly string[], usual: readonly string[]): string | undefined {
  const lower = new Map(existing.map((name) => [name.trim().toLowerCase(), name]));
  return usual.map((name) => lower.get(name)).find((name) => name !== undefined);
}

/** The captions of an object whose field is named, or has a usual name; none where there is no such field. */
export function captionsOf(row: Readonly<Record<string, unknown>>, name: string | undefined): string[] {
  const field = name ?? usualColumn(Object.keys(row), captionNames);
  return field === undefined ? [] : captionsIn(row[field]);
}

/**
 * The captions in a cell: a text, or a list of texts or of objects that hold one (`raw`, `caption`, `text`). A list may
 * be written as JSON, as in the table of Flickr30k on the hub.
 */
export function captionsIn(value: unknown): string[] {
  const list = Array.isArray(value) ? value : (writtenList(value) ?? [value]);
  return list
    .map((item) => {
      if (item && typeof item === 'object') {
        const { raw, caption, text } = item as Record<string, unknown>;
        return raw ?? caption ?? text;
      }
      return item;
    })
    .filter((item): item is string => typeof item === 'string')
    .map((item) => item.trim())
    .filter(Boolean);
}

function writtenList(value: unknown): unknown[] | undefined {
  if (typeof value !== 'string' || !/^\s*\[\s*"/.test(value)) return undefined;
  try {
    const list: unknown = JSON.parse(value);
    return Array.isArray(list) ? list : undefined;
  } catch {
    return undefined;
  }
}
