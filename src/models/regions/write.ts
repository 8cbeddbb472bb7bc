/**
 * Files of one picture's regions: `NAME.safetensors` with numbers, as `models/uniter/region-file.ts` describes and reads them,
 * and `NAME.json` beside it with what they mean.
 */
import { mkdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { writeWhole } from '../../checkpoint/index.ts';
import { InputError, reason, UsageError } from '../../core/index.ts';
import { writeRegions } from '../uniter/region-file.ts';
import type { FoundRegions } from './detector.ts';

export interface DescribedRegion {
  /** Left, top, right and bottom in pixels. */
  box: number[];
  label: string;
  confidence: number;
  attribute?: string;
  attributeProbability?: number;
}

const rounded = (value: number | bigint) => Number(Number(value).toFixed(4));

export const describeRegions = ({ boxes, labels, confidence, attributes }: FoundRegions): DescribedRegion[] =>
  labels.map((label, i) => ({
    box: Array.from(boxes.data.slice(4 * i, 4 * i + 4), rounded as (value: number | bigint) => number),
    label,
    confidence: rounded(confidence.data[i]),
    ...(attributes && {
      attribute: attributes[i].name,
      attributeProbability: rounded(attributes[i].probability),
    }),
  }));

/** The name that a picture's files get: its own, without folder and ending. */
export const fileNameOf = (picture: string): string =>
  picture === '-' ? 'standard-input' : basename(picture.replace(/[?#].*$/, ''), extname(picture)) || 'picture';

/** Throws UsageError where two pictures would be written to the same files. */
export function checkNames(pictures: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const picture of pictures) {
    const name = fileNameOf(picture);
    const other = seen.get(name);
    if (other !== undefined)
      throw new UsageError(`${other} and ${picture} would both be written as ${name}; rename one, or write them apart`);
    seen.set(name, picture);
  }
}

/** Writes both files into `folder`, each as a whole or not at all. Returns the path of the numbers. */
export async function writeFound(
  folder: string,
  picture: string,
  found: FoundRegions,
  detector: string,
): Promise<string> {
  const path = join(folder, `${fileNameOf(picture)}.safetensors`);
  const words = path.replace(/\.safetensors$/, '.json');
  const { width, height } = found;
  const text = JSON.stringify({ picture, detector, width, height, regions: describeRegions(found) }, undefined, 2);
  await mkdir(folder, { recursive: true }).catch((error) => {
    throw new UsageError(`--out ${folder}: cannot be made (${reason(error)}); give a folder`);
  });
  await writeRegions(path, found);
  await writeResult(words, `${text}\n`);
  return path;
}

/** A whole file or none. Throws InputError, which costs one picture of several its files and no more. */
export async function writeResult(path: string, content: string | Uint8Array): Promise<void> {
  await writeWhole(path, content).catch((error) => {
    throw new InputError(reason(error));
  });
}
