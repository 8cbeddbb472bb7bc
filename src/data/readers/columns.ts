/** Finding the picture and the caption among the columns of a table or the fields of a JSON row. */
import { nearest, UsageError } from '../../core/errors.ts';

export interface ColumnOptions {
  /** Column of the picture's file name. Found by its usual names where it is not given. */
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
  'image_id',
  'name',
];
const captionNames = [
  'caption',
  'captions',
  'text',
  'texts',
  'sentence',
  'sentences',
  'title',
  'description',
  'comment',
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
    image: find(file, existing, options.imageColumn, imageNames, 'imageColumn'),
    caption: find(file, existing, options.captionColumn, captionNames, 'captionColumn'),
  };
}

function find(file: string, existing: readonly string[], wanted: string | undefined, usual: string[], option: string) {
  const columns = existing.join(', ') || 'none';
  if (wanted !== undefined) {
    if (existing.includes(wanted)) return wanted;
    const [like] = nearest(wanted, existing, 1);
    throw new UsageError(
      `${file}: no column "${wanted}" (${option}); it has: ${columns}${like ? `; did you mean "${like}"?` : ''}`,
    );
  }
  const lower = new Map(existing.map((name) => [name.trim().toLowerCase(), name]));
  const found = usual.map((name) => lower.get(name)).find((name) => name !== undefined);
  if (found === undefined)
    throw new UsageError(`${file}: cannot tell the ${option} among its columns: ${columns}; pass { ${option}: NAME }`);
  return found;
}

/** The captions in a cell: a text, or a list of texts or of objects that hold one (`raw`, `caption`, `text`). */
export function captionsIn(value: unknown): string[] {
  const list = Array.isArray(value) ? value : [value];
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
