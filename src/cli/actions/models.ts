/** `sightread models`: what can be named with `--model`. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedModels, RepositoryCache } from '../../checkpoint/hub-cache.ts';
import { hubSettings } from '../../checkpoint/hub-settings.ts';
import { defaultModel, knownModels, openModel } from '../../models/load.ts';
import { measure } from '../numbers.ts';
import { jsonArray } from '../report.ts';
import type { Session } from '../session.ts';
import { columns } from '../table.ts';

interface Row {
  id: string;
  default: boolean;
  family: string;
  tasks: string;
  note: string;
  /** Bytes on this machine; absent for a model that would be downloaded. */
  bytes?: number;
}

export async function models({ json }: { json?: boolean }, session: Session): Promise<void> {
  const rows = await listModels(hubSettings(session.env).cache);
  if (json) {
    const array = jsonArray(session);
    for (const row of rows) array.add(row);
    array.close();
    return;
  }
  const cells = rows.map(({ id, bytes, family, tasks, note, ...row }) => [
    `${row.default ? '*' : ' '} ${id}`,
    bytes === undefined ? '-' : measure(bytes, 'B'),
    family,
    tasks,
    note,
  ]);
  session.stdout.write(`${columns([['  model', 'here', 'family', 'tasks', 'note'], ...cells]).join('\n')}\n`);
}

async function listModels(cache: string): Promise<Row[]> {
  const cached = new Set(await cachedModels(cache));
  const known = knownModels.map(async (model): Promise<Row> => {
    const inside = model.id === defaultModel;
    const folder = inside ? await defaultFolder() : cached.has(model.id) ? await snapshot(cache, model.id) : undefined;
    return { ...model, default: inside, ...(folder && { bytes: await sizeOfFolder(folder) }) };
  });
  const others = [...cached]
    .filter((id) => !knownModels.some((model) => model.id === id))
    .map(async (id): Promise<Row> => {
      const folder = await snapshot(cache, id);
      const bytes = folder ? await sizeOfFolder(folder) : 0;
      return { id, default: false, family: await familyOf(folder), tasks: '', note: 'in the cache', bytes };
    });
  return Promise.all([...known, ...others]);
}

/** Undefined where the package came without its captioner. */
const defaultFolder = () =>
  openModel().then(
    ({ folder }) => folder,
    () => undefined,
  );

async function snapshot(cache: string, id: string): Promise<string | undefined> {
  const repository = new RepositoryCache(cache, id);
  const commit = await repository.commitOf('main');
  return commit && repository.snapshot(commit);
}

async function sizeOfFolder(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = names.map(async (name) => (await stat(join(folder, name)).catch(() => undefined))?.size ?? 0);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** `model_type`, where the model has a configuration that says it. */
async function familyOf(folder: string | undefined): Promise<string> {
  try {
    const config = JSON.parse(await readFile(join(folder ?? '', 'config.json'), 'utf8')) as { model_type?: string };
    return config.model_type ?? 'unknown';
  } catch {
    return 'unknown';
  }
}
