/**
 * Scores of every text for every picture, from a file: a matrix, or the vectors of both that `sightread embed` writes.
 * Which texts belong to a picture is by their order, five to a picture as in COCO or whatever divides, or from a list.
 */
import { readFile } from 'node:fs/promises';
import { openCheckpoint, readTensors } from '../../checkpoint/index.ts';
import { InputError, reason, UsageError } from '../../core/errors.ts';
import { type NDArray, toFloat32 } from '../../core/index.ts';
import { readNpy } from '../../models/uniter/npz.ts';

export interface ScoreMatrix {
  pictures: number;
  texts: number;
  /** Scores of all texts for a picture, and of all pictures for a text; larger is nearer. */
  ofPicture(index: number): Float32Array;
  ofText(index: number): Float32Array;
}

/**
 * Reads one file (`scores` [pictures, texts], or `images` and `texts` [n, e]) or two, of pictures' and of texts' vectors.
 * @throws InputError when a file is damaged or sizes do not fit, UsageError when what is needed is not in it
 */
export async function readScores(files: readonly string[]): Promise<ScoreMatrix> {
  if (files.length === 2) {
    const [images, texts] = await Promise.all(files.map(async (file) => onlyOne(file, await arraysOf(file))));
    return fromVectors(files.join(' and '), images, texts);
  }
  const [file] = files;
  const arrays = await arraysOf(file);
  const { scores, images, texts } = Object.fromEntries(arrays);
  if (images && texts) return fromVectors(file, images, texts);
  if (scores || arrays.size === 1) return fromMatrix(file, scores ?? onlyOne(file, arrays));
  throw new UsageError(
    `${file}: neither "scores" nor "images" and "texts" in it; it has: ${[...arrays.keys()].join(', ') || 'nothing'}`,
  );
}

type Arrays = Map<string, NDArray>;

async function arraysOf(file: string): Promise<Arrays> {
  if (/\.safetensors$/i.test(file)) return readTensors(await openCheckpoint(file));
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new InputError(`${file}: cannot be read (${reason(error)})`);
  });
  if (/\.npy$/i.test(file)) return new Map([['', readNpy(bytes, file)]]);
  if (/\.jsonl$/i.test(file)) return vectorLines(file, bytes.toString('utf8'));
  if (/\.json$/i.test(file)) return jsonArrays(file, bytes.toString('utf8'));
  throw new UsageError(`${file}: give a .safetensors, .npy, .json or .jsonl file`);
}

/** `{ "image": …, "vector": […] }` and `{ "text": …, "vector": […] }` lines. */
function vectorLines(file: string, content: string): Arrays {
  const rows: Record<'images' | 'texts', number[][]> = { images: [], texts: [] };
  for (const [i, line] of content.split('\n').entries()) {
    if (!line.trim()) continue;
    try {
      const { image, vector } = JSON.parse(line);
      rows[image === undefined ? 'texts' : 'images'].push(vector);
    } catch (error) {
      throw new InputError(`${file}:${i + 1}: not JSON (${reason(error)})`);
    }
  }
  return new Map(Object.entries(rows).flatMap(([name, list]) => (list.length ? [[name, nested(file, list)]] : [])));
}

function jsonArrays(file: string, content: string): Arrays {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    throw new InputError(`${file}: not JSON (${reason(error)})`);
  }
  if (Array.isArray(value)) return new Map([['', nested(file, value)]]);
  const named = Object.entries((value ?? {}) as Record<string, unknown>).filter(([, rows]) => Array.isArray(rows));
  return new Map(named.map(([name, rows]) => [name, nested(file, rows as unknown[])]));
}

function nested(file: string, rows: readonly unknown[]): NDArray {
  const width = Array.isArray(rows[0]) ? rows[0].length : 0;
  const bad = rows.findIndex((row) => !Array.isArray(row) || row.length !== width || !row.every(Number.isFinite));
  if (width === 0 || bad >= 0)
    throw new InputError(`${file}: row ${Math.max(0, bad)} is not a list of ${width || 'some'} numbers`);
  return { dtype: 'float32', shape: [rows.length, width], data: Float32Array.from((rows as number[][]).flat()) };
}

function onlyOne(file: string, arrays: Arrays): NDArray {
  if (arrays.size !== 1)
    throw new UsageError(`${file}: one array is needed here; it has: ${[...arrays.keys()].join(', ') || 'none'}`);
  return [...arrays.values()][0];
}

function checked(file: string, array: NDArray): { rows: number; width: number; data: Float32Array } {
  const [rows, width] = array.shape;
  if (array.shape.length !== 2 || rows * width === 0)
    throw new InputError(`${file}: a table of numbers is needed; the shape is [${array.shape.join(', ')}]`);
  const data = toFloat32(array);
  if (data.some(Number.isNaN)) throw new InputError(`${file}: has numbers that are NaN`);
  return { rows, width, data };
}

function fromMatrix(file: string, array: NDArray): ScoreMatrix {
  const { rows, width, data } = checked(file, array);
  return {
    pictures: rows,
    texts: width,
    ofPicture: (index) => data.subarray(index * width, (index + 1) * width),
    ofText: (index) => Float32Array.from({ length: rows }, (_, row) => data[row * width + index]),
  };
}

function fromVectors(file: string, imageArray: NDArray, textArray: NDArray): ScoreMatrix {
  const [images, texts] = [checked(file, imageArray), checked(file, textArray)];
  if (images.width !== texts.width)
    throw new InputError(`${file}: pictures have ${images.width} numbers a vector but texts ${texts.width}`);
  const { width } = images;
  const row = ({ data }: typeof images, index: number) => data.subarray(index * width, (index + 1) * width);
  const scoresOf = (query: Float32Array, { rows, data }: typeof images) =>
    Float32Array.from({ length: rows }, (_, i) => dot(query, data, i * width));
  return {
    pictures: images.rows,
    texts: texts.rows,
    ofPicture: (index) => scoresOf(row(images, index), texts),
    ofText: (index) => scoresOf(row(texts, index), images),
  };
}

export function dot(a: Float32Array, b: Float32Array, start = 0): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[start + i];
  return sum;
}

/**
 * For every text, its picture. Texts stand in the order of the pictures, the same number to each, unless a JSON list of
 * the picture of every text says otherwise.
 * @throws UsageError when the numbers do not divide, InputError when the list does not fit
 */
export async function picturesOfTexts({ pictures, texts }: ScoreMatrix, list: string | undefined): Promise<number[]> {
  if (list === undefined) {
    if (texts % pictures !== 0)
      throw new UsageError(
        `${texts} texts are not the same number for each of ${pictures} pictures; say with --pictures-of whose they are`,
      );
    return Array.from({ length: texts }, (_, text) => Math.floor(text / (texts / pictures)));
  }
  let value: unknown;
  try {
    value = JSON.parse(await readFile(list, 'utf8'));
  } catch (error) {
    throw new InputError(`--pictures-of ${list}: not readable as JSON (${reason(error)})`);
  }
  const fits = (one: unknown) => Number.isInteger(one) && (one as number) >= 0 && (one as number) < pictures;
  if (!Array.isArray(value) || value.length !== texts || !value.every(fits))
    throw new InputError(
      `--pictures-of ${list}: a list of ${texts} numbers from 0 to ${pictures - 1} is needed, the picture of each text`,
    );
  return value as number[];
}
