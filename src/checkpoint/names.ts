/** Binds the tensors of a checkpoint to our parameter paths, as byte ranges wherever possible, and back for saving. */
import { dtypes, type NDArray, sizeOf } from '../core/array.ts';
import { CheckpointError, ShapeError } from '../core/errors.ts';
import type { WeightSource } from '../core/lower.ts';
import { ParameterList } from '../core/params.ts';
import type { Checkpoint, Holder, TensorEntry } from './checkpoint.ts';
import { globs, type NameRules, type Published, publishedPlaces, spellings } from './name-rules.ts';
import { joinRows, takeRows, transposed } from './rearrange.ts';

type Shape = readonly number[];

interface Binding {
  readonly path: string;
  readonly shape: Shape;
  readonly place: Published;
  readonly entry: TensorEntry;
}

/**
 * Finds every wanted parameter in a checkpoint. Where a checkpoint is to run reduced, the parameters must be traced.
 * @throws CheckpointError with all missing, unused and misshapen tensors in one message.
 */
export async function bindWeights({
  wanted,
  checkpoint,
  names,
}: {
  wanted: ParameterList | ReadonlyMap<string, Shape>;
  checkpoint: Checkpoint;
  names: NameRules;
}): Promise<Map<string, WeightSource>> {
  const bindings: Binding[] = [];
  const missing: string[] = [];
  const misshapen: string[] = [];
  const used = new Set<string>();
  const placesOf = publishedPlaces(names);
  for (const [path, shape] of wanted instanceof ParameterList ? wanted.shapes() : wanted) {
    const places = placesOf(path);
    const found = find(checkpoint, places, path, names);
    if (!found) {
      missing.push(places[0].name);
      continue;
    }
    used.add(found.entry.name);
    const has = shapeOfPart(found.entry.shape, found.place);
    if (sameBytes(has, shape)) bindings.push({ path, shape, ...found });
    else
      misshapen.push(
        `${found.entry.name} for ${path}: ${show(found.entry.shape, found.place)}, wanted [${shape.join(', ')}]`,
      );
  }
  const ignored = globs(names.ignore);
  const unused = [...checkpoint.entries.keys()].filter(
    (name) => !used.has(name) && !spellings(name, names.prefixes).some(ignored),
  );
  if (missing.length + unused.length + misshapen.length > 0)
    throw misfit(checkpoint, wanted.size, { missing: [...new Set(missing)], unused, misshapen });
  if (checkpoint.reduce) {
    if (!(wanted instanceof ParameterList)) throw new ShapeError('a dtype needs a traced model, not shapes alone');
    const held = bindings.map(({ path, place, entry }): [string, Holder] => [
      path,
      { entry, parts: place.rows?.[1] ?? 1, turned: turns(entry.shape, place) },
    ]);
    return await bindWeights({ wanted, checkpoint: await checkpoint.reduce(wanted, new Map(held)), names });
  }
  const sources = new Map<string, WeightSource>();
  for (const binding of bindings) sources.set(binding.path, await sourceOf(binding, checkpoint));
  return sources;
}

/**
 * Our tensors under their published names, as the published files hold them: slices joined, matrices transposed back.
 * @throws CheckpointError when a slice of a fused tensor is missing.
 */
export function publishTensors(ours: ReadonlyMap<string, NDArray>, names: NameRules): Map<string, NDArray> {
  const placesOf = publishedPlaces(names);
  const parts = new Map<string, { place: Published; value: NDArray }[]>();
  for (const [path, value] of ours) {
    const [place] = placesOf(path);
    const known = parts.get(place.name);
    if (known) known.push({ place, value });
    else parts.set(place.name, [{ place, value }]);
  }
  return new Map([...parts].map(([name, slices]) => [name, publish(name, slices)]));
}

function publish(name: string, slices: { place: Published; value: NDArray }[]): NDArray {
  const { rows, transpose, leading = 0 } = slices[0].place;
  if (slices.length !== (rows?.[1] ?? 1))
    throw new CheckpointError(
      `${name}: has ${slices.length} of our tensors, and its rule takes ${rows?.[1] ?? 1}; correct the name rules`,
    );
  slices.sort((a, b) => (a.place.rows?.[0] ?? 0) - (b.place.rows?.[0] ?? 0));
  const whole = joinRows(slices.map(({ value }) => value));
  const turned = transpose && whole.shape.length === 2 ? transposed(whole) : whole;
  return { ...turned, shape: [...Array(leading).fill(1), ...turned.shape] };
}

/** The first place that the file has, in any spelling; else the tensor that this one is tied to, as it stands. */
function find(
  { entries }: Checkpoint,
  places: readonly Published[],
  path: string,
  { fallbacks = {}, prefixes }: NameRules,
): { place: Published; entry: TensorEntry } | undefined {
  const tied = Object.hasOwn(fallbacks, path) ? [{ name: fallbacks[path] }] : [];
  for (const place of [...places, ...tied])
    for (const name of spellings(place.name, prefixes)) {
      const entry = entries.get(name);
      if (entry) return { place, entry };
    }
  return undefined;
}

const turns = (shape: Shape, { transpose }: Published): boolean => transpose === true && shape.length === 2;

/** The shape that our part of a published tensor has. */
function shapeOfPart(published: Shape, place: Published): Shape {
  const [first, ...rest] = turns(published, place) ? [...published].reverse() : published;
  return place.rows ? [first / place.rows[1], ...rest] : published.length === 0 ? [] : [first, ...rest];
}

/** Axes of size one change nothing about the order of the numbers. */
function sameBytes(a: Shape, b: Shape): boolean {
  const real = (shape: Shape) => shape.filter((size) => size !== 1).join();
  return real(a) === real(b);
}

const show = (shape: Shape, { rows, transpose }: Published): string =>
  `[${shape.join(', ')}]${rows ? ` in ${rows[1]} slices` : ''}${transpose ? ' transposed' : ''}`;

async function sourceOf({ shape, place, entry }: Binding, checkpoint: Checkpoint): Promise<WeightSource> {
  const [index, count] = place.rows ?? [0, 1];
  if (entry.packed) return packedSource(entry, entry.packed, index, count);
  // Whole numbers are counters. The engine shares equal constants, and fails where a shape comes to lie in a file.
  if (entry.strides || turns(entry.shape, place) || entry.dtype === 'int64') {
    const whole = await checkpoint.read(entry.name);
    const part = takeRows(turns(entry.shape, place) ? transposed(whole) : whole, index, count);
    return { kind: 'data', value: { ...part, shape: [...shape] } };
  }
  const byteLength = sizeOf(shape) * dtypes[entry.dtype].bytes;
  return { kind: 'range', file: entry.file, offset: entry.offset + index * byteLength, byteLength, dtype: entry.dtype };
}

/** Packed values and scales lie slice by slice, so a row slice of them is a byte range too. */
function packedSource(entry: TensorEntry, packed: NonNullable<TensorEntry['packed']>, index: number, count: number) {
  const { file, dtype } = entry;
  if (packed.parts !== count)
    throw new CheckpointError(
      `${file}: ${entry.name} is packed in ${packed.parts} parts, not ${count}; quantize it again`,
    );
  const slice = ({ offset, byteLength }: { offset: number; byteLength: number }) => ({
    offset: offset + (index * byteLength) / count,
    byteLength: byteLength / count,
  });
  const { packing, only } = packed;
  const parts = { packing, only, values: slice(packed.values), scales: slice(packed.scales) };
  return { kind: 'range', file, dtype, ...slice(entry), packed: parts } as const;
}

const mostListed = 8;

function misfit(
  { path, entries }: Checkpoint,
  wanted: number,
  { missing, unused, misshapen }: { missing: string[]; unused: string[]; misshapen: string[] },
): CheckpointError {
  const part = (list: string[], word: string, separator = ', ') =>
    list.length === 0
      ? []
      : [
          `${list.length} ${word} (${list.slice(0, mostListed).join(separator)}${list.length > mostListed ? ', …' : ''})`,
        ];
  const parts = [...part(missing, 'missing'), ...part(misshapen, 'misshapen', '; '), ...part(unused, 'unused')];
  const remedy =
    missing.length > wanted / 2
      ? `it seems to belong to another family: its ${entries.size} tensors are named otherwise`
      : misshapen.length > 0
        ? 'check that config.json belongs to these weights'
        : 'check that the file is complete and of this model';
  return new CheckpointError(`${path}: does not fit the model: ${parts.join('; ')}; ${remedy}`);
}
