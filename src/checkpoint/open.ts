/** Opens a checkpoint: a file or a folder, safetensors or PyTorch, in one piece or in shards. */
import { join } from 'node:path';
import { CheckpointError } from '../core/errors.ts';
import { type Checkpoint, checkpointOf } from './checkpoint.ts';
import { inspectFile, listFolder, readBytes } from './files.ts';
import { joinPacked } from './packed.ts';
import { recognise, recognisedBytes } from './recognise.ts';
import { readSafetensors } from './safetensors.ts';
import { openShards } from './shards.ts';
import { openTorch } from './torch-file.ts';

/** In the order in which a folder is searched: safetensors before pickles, one file before shards. */
const usualNames = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
  'model.pt',
];

const torchEnding = /\.(?:bin|pt|pth|ckpt)$/;

/**
 * Opens a checkpoint file or folder. Reads and checks what describes the tensors; no tensor is read.
 * @throws CheckpointError naming the file, what is wrong and what to do.
 */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  const { isDirectory } = await inspectFile(path);
  return isDirectory ? openFile(join(path, await chooseFile(path))) : openFile(path);
}

/** Goes by the ending of the name; a name without a known one is opened as what it holds. */
async function openFile(path: string): Promise<Checkpoint> {
  if (path.endsWith('.index.json')) return openShards(path, openFile);
  if (torchEnding.test(path) || (!path.endsWith('.safetensors') && (await looksLikeTorch(path))))
    return openTorch(path);
  const { entries, metadata } = await readSafetensors(path);
  return checkpointOf(path, joinPacked(path, entries, metadata), metadata);
}

async function looksLikeTorch(path: string): Promise<boolean> {
  const { file, size } = await inspectFile(path);
  const kind = recognise(await readBytes(file, 0, Math.min(size, recognisedBytes)));
  return kind === 'zip' || kind === 'pickle';
}

async function chooseFile(folder: string): Promise<string> {
  const names = await listFolder(folder);
  const usual = usualNames.find((name) => names.includes(name));
  if (usual) return usual;
  for (const ending of [/\.safetensors$/, torchEnding]) {
    const files = names.filter((name) => ending.test(name));
    if (files.length === 1) return files[0];
    if (files.length > 1)
      throw new CheckpointError(
        `${folder}: holds several weight files (${files.slice(0, 8).join(', ')}); give the path of one of them`,
      );
  }
  throw new CheckpointError(`${folder}: holds no weights; expected ${usualNames.join(', ')} or one such file`);
}
