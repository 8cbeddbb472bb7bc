/** Which files of a repository a model needs. */
import { DownloadError } from '../core/errors.ts';

/** In the order of preference: one file before shards, safetensors before pickles. */
const usualWeights = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
];
const endings = [/\.safetensors$/, /\.(pt|pth|ckpt|bin)$/];

export interface NeededFiles {
  readonly files: readonly string[];
  /** Lists shards that are needed too; it is one of `files`. */
  readonly index?: string;
}

/**
 * The weights in their best form and, beside them, configurations and vocabularies.
 * @param names every file of the repository
 * @throws DownloadError when there are no weights that can be read, or several to choose from
 */
export function neededFiles(id: string, names: readonly string[]): NeededFiles {
  const top = names.filter((name) => !name.includes('/') && !name.startsWith('.'));
  const weights = usualWeights.find((name) => top.includes(name)) ?? onlyWeights(id, top);
  const small = top.filter((name) => /\.(json|txt|model)$/.test(name) && !name.endsWith('.index.json'));
  return { files: [...small, weights], ...(weights.endsWith('.index.json') && { index: weights }) };
}

function onlyWeights(id: string, names: readonly string[]): string {
  for (const ending of endings) {
    const found = names.filter((name) => ending.test(name));
    if (found.length === 1) return found[0];
    if (found.length > 1)
      throw new DownloadError(
        `${id} has several weights (${found.slice(0, 8).join(', ')}); choose with the option files`,
      );
  }
  throw new DownloadError(
    `${id} has no weights as safetensors or PyTorch file; choose a repository or revision that has`,
  );
}

/** The files whose names fit one of the patterns, where `*` stands for anything. Every pattern must fit something. */
export function matchingFiles(id: string, names: readonly string[], patterns: readonly string[]): string[] {
  const chosen = patterns.map((pattern) => {
    const form = new RegExp(`^${pattern.split('*').map(literally).join('.*')}$`);
    const found = names.filter((name) => form.test(name));
    if (!found.length) throw new DownloadError(`${id} has no file ${pattern}; it has ${names.slice(0, 12).join(', ')}`);
    return found;
  });
  return [...new Set(chosen.flat())];
}

const literally = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** The shards of an index, as files of the same folder. */
export function shardsOf(index: string, content: unknown): string[] {
  const map = (content as { weight_map?: unknown } | null)?.weight_map;
  const shards = [...new Set(Object.values(map ?? {}))];
  if (!shards.length || !shards.every((name) => typeof name === 'string' && isPlainName(name)))
    throw new DownloadError(`${index} lists no shards under weight_map; choose another revision`);
  return shards as string[];
}

/** Whether a name that a server gives stays inside the folder that it is joined to. */
export const isPlainName = (name: string): boolean =>
  name.split('/').every((part) => part !== '' && part !== '.' && part !== '..') && !/[\\:\0]/.test(name);
