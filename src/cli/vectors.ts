/** Vectors as JSON lines, as tensors of a safetensors file, or as one NumPy array with a list of its rows beside it. */
import { writeSafetensors, writeWhole } from '../checkpoint/index.ts';
import { UsageError } from '../core/errors.ts';
import type { NDArray } from '../core/index.ts';
import { stacked } from '../models/vectors.ts';

/** The vector of a picture or of a text. */
export type Vector = { vector: Float32Array } & ({ image: string } | { text: string });

type Writer = (path: string, vectors: readonly Vector[], model: string) => Promise<void>;

const writers: Record<string, Writer> = {
  '.jsonl': (path, vectors, model) => writeWhole(path, vectors.map((vector) => vectorLine(vector, model)).join('')),

  /** `images` and `texts`, float32 [n, e]; the header's metadata lists what their rows are of. */
  async '.safetensors'(path, vectors, model) {
    const [images, texts] = [vectors.filter((one) => 'image' in one), vectors.filter((one) => 'text' in one)];
    const tensors = Object.entries({ images, texts }).filter(([, rows]) => rows.length > 0);
    const names = { images: images.map(({ image }) => image), texts: texts.map(({ text }) => text) };
    const metadata = Object.fromEntries(tensors.map(([name]) => [name, JSON.stringify(names[name as 'images'])]));
    await writeSafetensors(
      path,
      tensors.map(([name, rows]) => [name, matrix(rows)]),
      { metadata: { model, ...metadata } },
    );
  },

  /** float32 [n, e]; the `.txt` of the same name has what each row is of, one a line. */
  async '.npy'(path, vectors) {
    const names = vectors.map((one) => ('image' in one ? one.image : one.text).replace(/\s+/g, ' '));
    await writeWhole(path.replace(/\.npy$/i, '.txt'), `${names.join('\n')}\n`);
    await writeWhole(path, npy(matrix(vectors)));
  },
};

const writerOf = (path: string): Writer | undefined => writers[/\.\w+$/.exec(path.toLowerCase())?.[0] ?? ''];

/** Throws UsageError for a file of another kind, before any work is done for it. */
export function checkVectorFile(path: string): void {
  if (!writerOf(path))
    throw new UsageError(`--out ${path}: give a name that ends in ${Object.keys(writers).join(', ')}`);
}

/** Writes all or nothing. Throws CheckpointError when the file cannot be written. */
export async function writeVectors(path: string, vectors: readonly Vector[], model: string): Promise<void> {
  checkVectorFile(path);
  await writerOf(path)!(path, vectors, model);
}

/** Nine digits hold a float32 exactly. */
export const vectorLine = ({ vector, ...of }: Vector, model: string): string =>
  `${JSON.stringify({ ...of, model, vector: Array.from(vector, (value) => Number(value.toPrecision(9))) })}\n`;

const matrix = (rows: readonly Vector[]): NDArray => stacked(rows.map(({ vector }) => vector));

/** NumPy's format, version 1.0: a magic word, the header's length, a header padded so that numbers start at 64 bytes. */
function npy({ shape, data }: NDArray): Uint8Array {
  const start = 10;
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`;
  const length = Math.ceil((start + text.length + 1) / 64) * 64 - start;
  const numbers = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  const bytes = new Uint8Array(start + length + numbers.length);
  bytes.set([0x93, ...Buffer.from('NUMPY'), 1, 0, length & 0xff, length >> 8]);
  bytes.set(Buffer.from(`${text.padEnd(length - 1)}\n`), start);
  bytes.set(numbers, start + length);
  return bytes;
}
