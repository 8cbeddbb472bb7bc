/** Files that a killed process leaves old or new, never half. Node only. */
import { rename, writeFile } from 'node:fs/promises';

/** Writes beside the file and renames, so that no half-written file is ever found under its name. */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  await writeFile(`${path}.writing`, content);
  await rename(`${path}.writing`, path);
}
