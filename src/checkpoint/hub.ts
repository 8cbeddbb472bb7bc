/** Turns what a person calls a model into a folder on this machine. */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { CheckpointError, DownloadError, reason, UsageError } from '../core/errors.ts';
import { inspectFile } from './files.ts';
import { cachedModels, RepositoryCache, sizeIfPresent } from './hub-cache.ts';
import { isDiskFault } from './hub-download.ts';
import { type DownloadProgress, fetchAll } from './hub-fetch.ts';
import { isPlainName, matchingFiles, neededFiles, shardsOf } from './hub-files.ts';
import { HubClient, type HubResponse, UnreachableError } from './hub-http.ts';
import { explainRefusal } from './hub-refusal.ts';
import { listRepository } from './hub-repository.ts';
import { type Environment, type HubSettings, hubSettings } from './hub-settings.ts';

export interface ResolveOptions {
  /** Branch, tag or commit. */
  revision?: string;
  /** Names of the files to have, where `*` stands for anything. Default: the weights, configurations and vocabularies. */
  files?: readonly string[];
  signal?: AbortSignal;
  onProgress?: (progress: DownloadProgress) => void;
  /** Use the cache alone. Default: what `HF_HUB_OFFLINE` says. */
  offline?: boolean;
  /** Ids to propose when a name is mistyped, beside those in the cache. */
  suggestions?: readonly string[];
  /** Read in place of the process's environment variables. */
  env?: Environment;
}

export interface ResolvedModel {
  /** What to give to `openCheckpoint`: the folder, or the file that was named. */
  path: string;
  folder: string;
  /** The commit, for models of the hub. */
  commit?: string;
  /** Why the copy may be older than the hub's. */
  warning?: string;
}

interface Context {
  id: string;
  revision: string;
  options: ResolveOptions;
  settings: HubSettings;
  cache: RepositoryCache;
}

/**
 * Finds a model: a folder or file as it is, otherwise a model of the hub, downloaded into the cache that Hugging Face's
 * libraries share. When the hub cannot be reached, a complete copy in the cache serves.
 * @throws CheckpointError for a path that does not exist, DownloadError naming the model or file, the fault and the
 * remedy, UsageError for a revision or variable that means nothing, and the signal's reason
 */
export async function resolveModel(idOrPath: string, options: ResolveOptions = {}): Promise<ResolvedModel> {
  const { revision = 'main', signal, env = process.env } = options;
  signal?.throwIfAborted();
  const size = await sizeIfPresent(idOrPath);
  if (size !== undefined) return local(idOrPath);
  checkId(idOrPath);
  if (!isPlainName(revision)) throw new UsageError(`revision ${revision} is neither a branch nor a tag nor a commit`);

  const settings = hubSettings(env);
  const cache = new RepositoryCache(settings.cache, idOrPath);
  const context = { id: idOrPath, revision, options, settings, cache };
  if (options.offline ?? settings.offline) return fromCache(context, 'downloads are off (offline mode)');
  try {
    return await fromHub(context);
  } catch (error) {
    if (isDiskFault(error))
      throw new DownloadError(`${settings.cache} cannot be written (${reason(error)}); make room or set HF_HUB_CACHE`);
    if (!(error instanceof UnreachableError)) throw error;
    const found = await fromCache(context, error.message).catch(() => undefined);
    if (!found) throw error;
    return { ...found, warning: `using the cached copy of ${idOrPath}: ${error.message}` };
  }
}

async function local(path: string): Promise<ResolvedModel> {
  const { isDirectory } = await inspectFile(path);
  const absolute = resolve(path);
  return { path: absolute, folder: isDirectory ? absolute : dirname(absolute) };
}

function checkId(id: string): void {
  if (/^\w+:\/\//.test(id)) throw new UsageError(`${id} is an address; give the model's id (owner/name) or a folder`);
  const isId = /^[\w][\w.-]*(\/[\w][\w.-]*)?$/.test(id) && !/--|\.\.|\.(safetensors|bin|pth?|ckpt|json)$/.test(id);
  if (!isId)
    throw new CheckpointError(`${id}: there is no such file or folder, and no model is called so; check the path`);
}

async function fromHub({ id, revision, options, settings, cache }: Context): Promise<ResolvedModel> {
  const { signal, files } = options;
  const known = [...(options.suggestions ?? []), ...(await cachedModels(settings.cache))];
  const refusal = (response: HubResponse, file?: string) =>
    explainRefusal(response, { id, revision, file, known }, settings);
  const client = new HubClient(settings);
  try {
    const { endpoint } = settings;
    const repository = await listRepository({ client, endpoint, id, revision, signal, refusal });
    const { commit, names } = repository;
    const folder = cache.snapshot(commit);

    const have = async (wanted: readonly string[]) => {
      const located = await Promise.all(wanted.map(repository.locate));
      await fetchAll(located, { client, commit, cache, refusal, ...options });
    };
    const needed = files ? { files: matchingFiles(id, names, files) } : neededFiles(id, names);
    await have(needed.files);
    if (needed.index) await have(shardsOf(needed.index, await readIndex(join(folder, needed.index))));
    await cache.remember(revision, commit);
    return { path: folder, folder, commit };
  } finally {
    await client.close();
  }
}

async function fromCache({ id, revision, options, settings, cache }: Context, why: string): Promise<ResolvedModel> {
  const commit = await cache.commitOf(revision);
  const names = commit ? await cache.files(commit) : [];
  if (!commit || !names.length)
    throw new DownloadError(
      `${id}${revision === 'main' ? '' : ` at ${revision}`} is not in the cache ${settings.cache}, and ${why}; ` +
        'load it once with a network, or give a folder',
    );
  const folder = cache.snapshot(commit);
  const needed = options.files ? { files: matchingFiles(id, names, options.files) } : neededFiles(id, names);
  const shards = needed.index ? shardsOf(needed.index, await readIndex(join(folder, needed.index))) : [];
  const absent = shards.filter((shard) => !names.includes(shard));
  if (absent.length)
    throw new DownloadError(
      `the cache holds ${id} without ${absent.join(', ')}, and ${why}; load it once with a network`,
    );
  return { path: folder, folder, commit };
}

async function readIndex(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new DownloadError(`${path} is not valid JSON (${reason(error)}); delete it and load the model again`);
  }
}
