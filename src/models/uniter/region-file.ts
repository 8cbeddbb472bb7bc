/**
 * Files of one picture's regions.
 *
 * `.safetensors`, our own form: `features` [n, f], `boxes` [n, 4] in pixels (left, top, right, bottom), `size` int64 [2]
 * (width, height), `locations` [n, 7], and where there are any `confidence` [n] and `classes` [n, c].
 * `.npz`, as UNITER's extractor writes them: `features`, `norm_bb` [n, 6] in shares of the sides, `conf`, `soft_labels`;
 * or as other bottom-up-attention tools do: `x`, `bbox`, `image_w`, `image_h`.
 */
import { readFile } from 'node:fs/promises';
import { openCheckpoint, readTensors, writeSafetensors } from '../../checkpoint/index.ts';
import { CheckpointError, float32, InputError, int64, type NDArray, reason, toFloat32 } from '../../core/index.ts';
import { readNpz } from './npz.ts';
import { firstRegions, locationsOf, type RegionSet, regionsToKeep } from './regions.ts';

export const isRegionFile = (path: string): boolean => /\.(npz|safetensors)$/i.test(path);

/**
 * The regions that UNITER reads of a file: the surest 10 to 100.
 * @throws InputError naming the file where it holds none, a box without area in its picture, or what is not a number
 */
export async function readRegions(path: string): Promise<RegionSet> {
  const arrays = await arraysOf(path);
  const set = own(arrays) ?? uniterForm(arrays) ?? attentionForm(arrays);
  if (!set)
    throw new InputError(
      `${path}: holds ${[...arrays.keys()].join(', ') || 'nothing'}; a file of regions has features, boxes and size`,
    );
  const [count] = set.features.shape;
  if (set.features.shape.length !== 2 || set.boxes.shape[0] !== count || set.boxes.shape[1] !== 4)
    throw new InputError(
      `${path}: features [${set.features.shape}] and boxes [${set.boxes.shape}] do not belong together`,
    );
  const kept = firstRegions(set, regionsToKeep(set));
  const fault = faultOf(kept);
  if (fault) throw new InputError(`${path}: ${fault}`);
  return kept;
}

function faultOf(set: RegionSet): string | undefined {
  const { shape, data } = set.features;
  if (shape[0] === 0) return "holds no region; lower the detector's threshold";
  const odd = (data as Float32Array).findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) return `region ${Math.floor(odd / shape[1])} has a feature that is not a number; write the file again`;
  try {
    locationsOf(set);
    return undefined;
  } catch (error) {
    return reason(error);
  }
}

/**
 * Writes a set in our own form. Locations are for other readers: this one computes them.
 * @throws InputError for a box without area in its picture, before anything is written
 */
export function writeRegions(path: string, set: RegionSet): Promise<void> {
  const { features, boxes, width, height, confidence, classes } = set;
  const locations = locationsOf(set);
  return writeSafetensors(
    path,
    new Map(
      Object.entries({
        features,
        boxes,
        size: int64([2], [width, height]),
        locations,
        ...(confidence && { confidence }),
        ...(classes && { classes }),
      }),
    ),
  );
}

async function arraysOf(path: string): Promise<Map<string, NDArray>> {
  if (/\.npz$/i.test(path)) return readNpz(await bytesOf(path), path);
  return readTensors(await openCheckpoint(path));
}

async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new CheckpointError(`${path}: cannot be read (${reason(error)}); check the path`);
  }
}

type Arrays = ReadonlyMap<string, NDArray>;

const wide = (array: NDArray): NDArray => float32(array.shape, toFloat32(array));
const optional = (name: string, array: NDArray | undefined) => (array ? { [name]: wide(array) } : {});

function own(arrays: Arrays): RegionSet | undefined {
  const [features, boxes, size] = ['features', 'boxes', 'size'].map((name) => arrays.get(name));
  if (!features || !boxes || !size) return undefined;
  const [width, height] = Array.from(size.data, Number);
  return {
    features: wide(features),
    boxes: wide(boxes),
    width,
    height,
    ...optional('confidence', arrays.get('confidence')),
    ...optional('classes', arrays.get('classes')),
  };
}

function uniterForm(arrays: Arrays): RegionSet | undefined {
  const [features, places] = ['features', 'norm_bb'].map((name) => arrays.get(name));
  if (!features || !places) return undefined;
  const [count, columns] = places.shape;
  const shares = toFloat32(places);
  const corners = Float32Array.from({ length: count * 4 }, (_, i) => shares[Math.floor(i / 4) * columns + (i % 4)]);
  return {
    features: wide(features),
    boxes: float32([count, 4], corners),
    // Already shares of the sides.
    width: 1,
    height: 1,
    ...optional('confidence', arrays.get('conf')),
    ...optional('classes', arrays.get('soft_labels')),
  };
}

function attentionForm(arrays: Arrays): RegionSet | undefined {
  const [features, boxes, width, height] = ['x', 'bbox', 'image_w', 'image_h'].map((name) => arrays.get(name));
  if (!features || !boxes || !width || !height) return undefined;
  return {
    features: wide(features),
    boxes: wide(boxes),
    width: Number(width.data[0]),
    height: Number(height.data[0]),
  };
}
