/** Reduced files that are made on the way: kept beside the hub's cache, and found again while their source is the same. */
import { createHash } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CheckpointError, reason } from '../core/errors.ts';
import type { Treatment } from '../precision/index.ts';
import type { Checkpoint } from './checkpoint.ts';
import { sizeIfPresent } from './hub-cache.ts';
import { type Environment, hubSettings } from './hub-settings.ts';
import { packedFormat } from './packed.ts';

/**
 * Where the reduced copy of a checkpoint belongs. The name holds all that it depends on: the given files by place, size
 * and time, the dtype, the plan, and the version of the format.
 */
export async function cachedPlace(
  { entries, path }: Checkpoint,
  { dtype, plan }: { dtype: string; plan: ReadonlyMap<string, Treatment> },
  env: Environment,
): Promise<{ file: string; ready: boolean }> {
  const files = [...new Set([...entries.values()].map(({ file }) => file))].sort();
  const facts = await Promise.all(
    files.map(async (file) => {
      const { size, mtimeMs } = await stat(file);
      return [file, size, mtimeMs];
    }),
  );
  const key = JSON.stringify([packedFormat, dtype, facts, [...plan]]);
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 16);
  const folder = join(dirname(hubSettings(env).cache), 'sightread', `${basename(dirname(path))}-${dtype}-${hash}`);
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new CheckpointError(
      `${folder}: cannot be made (${reason(error)}); set HF_HOME to a folder that can be written, or use sightread quantize`,
    );
  }
  const file = join(folder, 'model.safetensors');
  return { file, ready: (await sizeIfPresent(file)) !== undefined };
}
