/** Files that commands write. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { CheckpointError, reason } from '../core/errors.ts';

/** A reader sees the old file or the new one, whole. Throws CheckpointError when it cannot be written. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(draft, content);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw new CheckpointError(`${path}: cannot be written (${reason(error)}); check the folder`);
  }
}
