/** Reads tokenizer files from a directory in Node. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError, reason } from '../core/errors.ts';
import { type Tokenizer, type TokenizerFiles, tokenizerFileNames, tokenizerFromFiles } from './tokenizer.ts';

/**
 * The tokenizer of a model directory, or of files already read (names to texts).
 * Throws CheckpointError when the directory does not exist, holds no vocabulary, or holds a damaged one.
 */
export async function loadTokenizer(source: string | TokenizerFiles): Promise<Tokenizer> {
  if (typeof source !== 'string') return tokenizerFromFiles(source);
  const files = await readTokenizerFiles(source);
  try {
    return tokenizerFromFiles(files);
  } catch (error) {
    throw error instanceof CheckpointError ? new CheckpointError(`${source}: ${error.message}`) : error;
  }
}

async function readTokenizerFiles(directory: string): Promise<TokenizerFiles> {
  const found = await stat(directory).catch(() => undefined);
  if (!found?.isDirectory()) throw new CheckpointError(`${directory} is not a directory; give the folder of a model`);
  const entries = await Promise.all(
    tokenizerFileNames.map(async (name) => [name, await textOf(join(directory, name))]),
  );
  return Object.fromEntries(entries);
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CheckpointError(`${path} cannot be read (${reason(error)}); check its permissions`);
  }
}
