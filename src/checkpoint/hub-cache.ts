/**
 * The cache that Hugging Face's libraries share: file contents under their hash in `blobs/`, one folder of links a commit
 * in `snapshots/`, and the commit of each branch in `refs/`.
 */
import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

const commitForm = /^[0-9a-f]{40}$/;
export const isCommit = (revision: string): boolean => commitForm.test(revision);

export class RepositoryCache {
  readonly #root: string;
  readonly #locks: string;

  /** @param cache the folder of all models */
  constructor(cache: string, id: string) {
    const name = `models--${id.replaceAll('/', '--')}`;
    this.#root = join(cache, name);
    this.#locks = join(cache, '.locks', name);
  }

  blob = (etag: string): string => join(this.#root, 'blobs', etag);
  lock = (etag: string): string => join(this.#locks, `${etag}.sightread.lock`);
  snapshot = (commit: string): string => join(this.#root, 'snapshots', commit);

  /** The commit that a branch or tag had when it was last downloaded. */
  async commitOf(revision: string): Promise<string | undefined> {
    if (isCommit(revision)) return revision;
    const text = await readFile(join(this.#root, 'refs', revision), 'utf8').catch(() => undefined);
    return text?.trim() || undefined;
  }

  async remember(revision: string, commit: string): Promise<void> {
    if (revision === commit || (await this.commitOf(revision)) === commit) return;
    const place = join(this.#root, 'refs', revision);
    await mkdir(dirname(place), { recursive: true });
    const draft = `${place}.${randomUUID()}`;
    await writeFile(draft, commit);
    await rename(draft, place);
  }

  /** Makes a blob visible as a file of a commit. */
  async link(etag: string, commit: string, file: string): Promise<void> {
    const place = join(this.snapshot(commit), file);
    await mkdir(dirname(place), { recursive: true });
    const draft = `${place}.${randomUUID()}`;
    try {
      await symlink(relative(dirname(place), this.blob(etag)), draft).catch((error: NodeJS.ErrnoException) => {
        // Windows allows links only to some accounts.
        if (error.code !== 'EPERM' && error.code !== 'ENOSYS') throw error;
        return copyFile(this.blob(etag), draft);
      });
      await rename(draft, place);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }

  /** Names of all files of a commit that are here, with `/` between folders. Links to lost blobs do not count. */
  async files(commit: string): Promise<string[]> {
    const root = this.snapshot(commit);
    const walk = async (folder: string): Promise<string[]> => {
      const items = await readdir(join(root, folder)).catch(() => []);
      const found = items.map(async (item) => {
        const name = folder ? `${folder}/${item}` : item;
        const facts = await stat(join(root, name)).catch(() => undefined);
        return facts?.isDirectory() ? walk(name) : facts ? [name] : [];
      });
      return (await Promise.all(found)).flat();
    };
    return walk('');
  }
}

/** The size of a file, following links, or undefined when there is none. */
export const sizeIfPresent = async (path: string): Promise<number | undefined> =>
  (await stat(path).catch(() => undefined))?.size;

/** The ids of all models in a cache. */
export async function cachedModels(cache: string): Promise<string[]> {
  const folders = await readdir(cache).catch(() => []);
  return folders.flatMap((name) => (name.startsWith('models--') ? [name.slice(8).replace('--', '/')] : []));
}
