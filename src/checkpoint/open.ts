/** Opens a checkpoint: a file or a folder, safetensors in one piece or in shards. */
import { basename, join } from 'node:path';
import { CheckpointError } from '../core/errors.ts';
import { type Checkpoint, checkpointOf } from './checkpoint.ts';
import { inspectFile, listFolder } from './files.ts';
import { readSafetensors } from './safetensors.ts';
import { openShards } from './shards.ts';

/** In the order in which a folder is searched: one file before shards, safetensors before pickles. */
const usualNames = ['model.safetensors', 'model.safetensors.index.json'];

/**
 * Opens a checkpoint file or folder. Reads and checks headers only; no tensor is read.
 * @throws CheckpointError naming the file, what is wrong and what to do.
 */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  const { isDirectory } = await inspectFile(path);
  return isDirectory ? openFile(join(path, await chooseFile(path))) : openFile(path);
}

/** Opens one file by the ending of its name. */
async function openFile(path: string): Promise<Checkpoint> {
  if (path.endsWith('.index.json')) return openShards(path, openFile);
  const { entries, metadata } = await readSafetensors(path);
  return checkpointOf(path, entries, metadata);
}

async function chooseFile(folder: string): Promise<string> {
  const names = await listFolder(folder);
  const usual = usualNames.find((name) => names.includes(name));
  if (usual) return usual;
  const weights = names.filter((name) => name.endsWith('.safetensors'));
  if (weights.length === 1) return weights[0];
  throw new CheckpointError(
    weights.length === 0
      ? `${folder}: holds no weights; expected ${usualNames.join(' or ')}`
      : `${folder}: holds several weight files (${weights.slice(0, 8).join(', ')}); name one of them, such as ${join(basename(folder), weights[0])}`,
  );
}
