/**
 * Files with packed weights: safetensors in which `<name>:values` and `<name>:scales` stand beside, or in place of,
 * `<name>`. The metadata says in which version of this format, for which dtype, and each tensor's shape and layout, so
 * that an opened file shows the names and shapes of the one it was made from.
 */
import { CheckpointError, reason } from '../core/errors.ts';
import type { Packing } from '../core/lower.ts';
import { packedSizes } from '../precision/index.ts';
import type { Checkpoint, TensorEntry } from './checkpoint.ts';

/** Raised when a file of the old form would be read wrongly. */
export const packedFormat = '1';

const keys = { format: 'sightread.format', dtype: 'sightread.dtype', packed: 'sightread.packed' };

export interface PackedTensor {
  readonly packing: Packing;
  /** Of the published tensor. */
  readonly shape: readonly number[];
  /** Equal slices along the first axis, packed one after another. */
  readonly parts: number;
}

/** What a file with packed weights says about itself. */
export const packedMetadata = (dtype: string, tensors: Readonly<Record<string, PackedTensor>>) => ({
  [keys.format]: packedFormat,
  [keys.dtype]: dtype,
  [keys.packed]: JSON.stringify(tensors),
});

/** The dtype that a file was written for; undefined for files that others wrote. */
export const writtenFor = ({ metadata }: Pick<Checkpoint, 'metadata'>): string | undefined => metadata[keys.dtype];

export const valuesOf = (name: string): string => `${name}:values`;
export const scalesOf = (name: string): string => `${name}:scales`;

/** Puts each packed tensor's parts together under its own name. Other files come back as they are. */
export function joinPacked(
  path: string,
  entries: ReadonlyMap<string, TensorEntry>,
  metadata: Readonly<Record<string, string>>,
): ReadonlyMap<string, TensorEntry> {
  const format = metadata[keys.format];
  if (format === undefined) return entries;
  if (format !== packedFormat)
    throw new CheckpointError(
      `${path}: is quantised in format ${format} and this version of sightread reads format ${packedFormat}; ` +
        'quantize the original model again, or use the version that wrote it',
    );
  const joined = new Map(entries);
  for (const [name, { packing, shape, parts }] of Object.entries(readTensors(path, metadata[keys.packed]))) {
    const values = joined.get(valuesOf(name));
    const scales = joined.get(scalesOf(name));
    const sizes = packedSizes(packing, shape[0], shape[1]);
    if (values?.byteLength !== sizes.bytes || scales?.byteLength !== 4 * sizes.scales)
      throw new CheckpointError(`${path}: ${name} lacks packed values or scales; quantize the original model again`);
    joined.delete(valuesOf(name));
    joined.delete(scalesOf(name));
    const plain = joined.get(name);
    joined.set(name, { ...(plain ?? values), name, shape, packed: { packing, parts, values, scales, only: !plain } });
  }
  return joined;
}

function readTensors(path: string, text = '{}'): Record<string, PackedTensor> {
  try {
    return JSON.parse(text) as Record<string, PackedTensor>;
  } catch (error) {
    throw new CheckpointError(`${path}: its list of packed tensors is damaged (${reason(error)}); get the file again`);
  }
}
