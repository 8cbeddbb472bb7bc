/** A checkpoint in several files, with an index that says which tensor lies in which. */
import { dirname, join } from 'node:path';
import { CheckpointError } from '../core/errors.ts';
import { type Checkpoint, checkpointOf, type TensorEntry } from './checkpoint.ts';
import { inspectFile, readBytes } from './files.ts';
import { foreign } from './recognise.ts';

/** Millions of tensors fit; a larger index is no index. */
const largestIndex = 200_000_000;

/** Opens every shard that an index names; `open` opens one file. */
export async function openShards(path: string, open: (path: string) => Promise<Checkpoint>): Promise<Checkpoint> {
  const places = await readIndex(path);
  const entries = new Map<string, TensorEntry>();
  for (const shard of new Set(places.values())) {
    const { entries: inShard } = await open(join(dirname(path), shard));
    for (const [name, entry] of inShard) {
      if (entries.has(name))
        throw new CheckpointError(`${path}: tensor '${name}' is in two shards; get the files again`);
      entries.set(name, entry);
    }
  }
  const lost = [...places.keys()].filter((name) => !entries.has(name));
  if (lost.length > 0)
    throw new CheckpointError(
      `${path}: ${lost.length} tensors are in no shard (${lost.slice(0, 8).join(', ')}); index and shards are of different versions, get them again`,
    );
  return checkpointOf(path, entries);
}

/** Tensor name to shard file. */
async function readIndex(path: string): Promise<Map<string, string>> {
  const { file, size } = await inspectFile(path);
  if (size > largestIndex) throw new CheckpointError(`${path}: has ${size} bytes, too many for an index`);
  const bytes = await readBytes(file, 0, size);
  const other = foreign(bytes);
  let index: { weight_map?: unknown };
  try {
    index = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new CheckpointError(`${path}: ${other ?? 'is not JSON; download it again'}`);
  }
  const map = index?.weight_map;
  if (typeof map !== 'object' || map === null)
    throw new CheckpointError(`${path}: has no weight_map, so it is no index of shards; give the weights file itself`);
  const places = new Map(Object.entries(map));
  // A shard lies beside its index: a path would let an index read any file.
  for (const shard of places.values())
    if (typeof shard !== 'string' || !/^[^/\\]+$/.test(shard) || shard === '..' || shard.endsWith('.index.json'))
      throw new CheckpointError(
        `${path}: names the shard ${JSON.stringify(shard)}, which is not a plain file name; get the index again`,
      );
  return places;
}
