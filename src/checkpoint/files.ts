/** Files by byte range; the only part of opening a checkpoint that touches the platform. */
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { CheckpointError, reason } from '../core/errors.ts';

/** One call to the system reads at most 2 GiB. */
const largestRead = 1 << 30;

export interface FileFacts {
  /** Absolute, links resolved: ONNX Runtime refuses links that leave a folder, and the hub's cache is made of such links. */
  readonly file: string;
  readonly size: number;
  readonly isDirectory: boolean;
}

/** The real path and the size of a file or folder. */
export async function inspectFile(path: string): Promise<FileFacts> {
  try {
    const file = await realpath(path);
    const facts = await stat(file);
    return { file, size: facts.size, isDirectory: facts.isDirectory() };
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new CheckpointError(
      missing
        ? `${path}: there is no such file; check the path, or download the model again if it is a broken link`
        : `${path}: cannot be opened (${reason(error)})`,
    );
  }
}

/** Runs `use` with a reader of one open file: up to `length` bytes from `offset`, in memory of their own. */
export async function withFile<T>(
  file: string,
  size: number,
  use: (read: (offset: number, length: number) => Promise<Uint8Array<ArrayBuffer>>) => Promise<T>,
): Promise<T> {
  const handle = await open(file, 'r').catch((error) => {
    throw new CheckpointError(`${file}: cannot be opened (${reason(error)})`);
  });
  try {
    return await use(async (offset, length) => {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      for (let done = 0; done < bytes.length; ) {
        const part = Math.min(bytes.length - done, largestRead);
        const { bytesRead } = await handle.read(bytes, done, part, offset + done);
        if (bytesRead === 0)
          throw new CheckpointError(`${file}: ends before byte ${offset + bytes.length}; it changed while it was read`);
        done += bytesRead;
      }
      return bytes;
    });
  } finally {
    await handle.close();
  }
}

/** `length` bytes from `offset`; the caller knows that they are there. */
export const readBytes = (file: string, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> =>
  withFile(file, offset + length, (read) => read(offset, length));

/** The names in a folder, sorted. */
export const listFolder = async (folder: string): Promise<string[]> => (await readdir(folder)).sort();
