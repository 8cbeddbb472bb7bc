/** From a name to a model that captions, answers, classifies, matches or searches. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ResolveOptions, resolveModel } from '../checkpoint/index.ts';
import { CheckpointError, UsageError } from '../core/index.ts';
import type { Precision } from '../precision/index.ts';
import { type ModelFiles, openFiles } from './files.ts';
import type { LoadedModel } from './model.ts';
import { inPrecision, type ReducedOptions, writeQuantised } from './reduced.ts';
import type { FamilyOptions } from './running.ts';

/** The captioner that comes with the package: no download, no network. */
export const defaultModel = 'sightread/captioner';

const defaultFolder = fileURLToPath(new URL('../../assets/captioner', import.meta.url));

export interface LoadOptions
  extends FamilyOptions,
    Pick<ResolveOptions, 'revision' | 'offline' | 'onProgress'>,
    Pick<ReducedOptions, 'dtype' | 'onReduce'> {
  /** Told why the copy on this machine may be older than the hub's. */
  onWarning?: (message: string) => void;
}

export interface Family {
  /** Values of `model_type` in `config.json`. */
  readonly modelTypes: readonly string[];
  /** Recognises an original repository's file, which has no configuration, by its tensors. */
  recognises(files: ModelFiles): boolean;
  load(files: ModelFiles, options: FamilyOptions): Promise<LoadedModel>;
}

/** By the commonest `model_type` of each, so that one family is imported and not all of them. */
const families: Readonly<Record<string, () => Promise<Family>>> = {
  git: () => import('./git/tasks.ts').then((m) => m.gitFamily),
  blip: () => import('./blip/tasks.ts').then((m) => m.blipFamily),
  vilt: () => import('./vilt/tasks.ts').then((m) => m.viltFamily),
  meter: () => import('./meter/tasks.ts').then((m) => m.meterFamily),
  uniter: () => import('./uniter/tasks.ts').then((m) => m.uniterFamily),
  opt: () => import('./opt/tasks.ts').then((m) => m.optFamily),
  clip: () => import('./clip/tasks.ts').then((m) => m.clipFamily),
  bert: () => import('./bert/tasks.ts').then((m) => m.bertFamily),
  roberta: () => import('./roberta/tasks.ts').then((m) => m.robertaFamily),
};

/** Model ids that are known to work, for lists and suggestions. */
export const knownModels: readonly { id: string; family: string; tasks: string; note: string }[] = [
  {
    id: defaultModel,
    family: 'git',
    tasks: 'caption',
    note: 'comes with the package; drawings of single things and simple scenes',
  },
  ...['', '-coco', '-textcaps'].flatMap((part) =>
    ['base', 'large'].map((size) => ({
      id: `microsoft/git-${size}${part}`,
      family: 'git',
      tasks: 'caption, classify',
      note: 'captions',
    })),
  ),
  ...['vqav2', 'textvqa'].flatMap((part) =>
    ['base', 'large'].map((size) => ({
      id: `microsoft/git-${size}-${part}`,
      family: 'git',
      tasks: 'answer',
      note: 'questions',
    })),
  ),
  ...['vatex', 'msrvtt-qa'].flatMap((part) =>
    ['base', 'large'].map((size) => ({
      id: `microsoft/git-${size}-${part}`,
      family: 'git',
      tasks: 'caption, answer',
      note: 'video',
    })),
  ),
  ...['base', 'large'].map((size) => ({
    id: `Salesforce/blip-image-captioning-${size}`,
    family: 'blip',
    tasks: 'caption',
    note: 'captions',
  })),
  ...['base', 'capfilt-large'].map((size) => ({
    id: `Salesforce/blip-vqa-${size}`,
    family: 'blip',
    tasks: 'answer',
    note: 'questions',
  })),
  ...['base', 'large'].flatMap((size) =>
    ['coco', 'flickr'].map((set) => ({
      id: `Salesforce/blip-itm-${size}-${set}`,
      family: 'blip',
      tasks: 'match, embed',
      note: 'matching and search',
    })),
  ),
  { id: 'dandelin/vilt-b32-mlm', family: 'vilt', tasks: 'fill', note: 'missing words' },
  { id: 'dandelin/vilt-b32-finetuned-vqa', family: 'vilt', tasks: 'answer', note: 'questions' },
  { id: 'dandelin/vilt-b32-finetuned-nlvr2', family: 'vilt', tasks: 'judge', note: 'statements about two pictures' },
  ...['coco', 'flickr30k'].map((set) => ({
    id: `dandelin/vilt-b32-finetuned-${set}`,
    family: 'vilt',
    tasks: 'rank',
    note: 'search',
  })),
];

/** Finds and opens the files of a model: the default one, a folder, a file, or an id of the hub. */
export async function openModel(id: string = defaultModel, options: LoadOptions = {}): Promise<ModelFiles> {
  if (id === defaultModel) {
    if (!existsSync(defaultFolder)) throw new CheckpointError(`${defaultFolder} is missing; reinstall the package`);
    return openFiles(id, defaultFolder, defaultFolder);
  }
  const { path, folder, warning } = await resolveModel(id, {
    ...options,
    suggestions: knownModels.map((model) => model.id),
  });
  if (warning) options.onWarning?.(warning);
  return openFiles(id, path, folder);
}

/**
 * Loads a model.
 *
 *     await using model = await load();                 // the captioner of the package
 *     const [{ text }] = await model.caption(['cat.jpg']);
 *
 * @param id the default captioner, a folder, a file, or an id of the Hugging Face hub such as `microsoft/git-base`
 * @throws CheckpointError when the files are damaged or of a family that is not here, DownloadError when they cannot be had,
 * UsageError for a dtype that is unknown or that the device or the file does not allow
 */
export async function load(id: string = defaultModel, options: LoadOptions = {}): Promise<LoadedModel> {
  return await loadFiles(inPrecision(await openModel(id, options), options), options);
}

/** A model from files that were opened. Binds every tensor of its family; no tensor is read before a task needs it. */
export async function loadFiles(files: ModelFiles, options: FamilyOptions = {}): Promise<LoadedModel> {
  const family = await familyOf(files);
  return await family.load(files, options);
}

/**
 * Writes a model in lower precision to a new folder, which `load` opens as it is.
 * @throws UsageError when the folder is taken or the dtype makes no sense, and what `load` throws
 */
export async function quantize(
  id: string,
  { dtype, out, ...options }: Omit<LoadOptions, 'dtype'> & { dtype: Precision; out: string },
): Promise<void> {
  const files = await openModel(id, options);
  const family = await familyOf(files);
  await writeQuantised(files, out, { ...options, dtype }, (reduced) => family.load(reduced, options));
}

async function familyOf(files: ModelFiles): Promise<Family> {
  const type = files.config && String(files.config.model_type);
  if (type !== undefined && Object.hasOwn(families, type)) return await families[type]();
  const known = await Promise.all(Object.values(families).map((family) => family()));
  const found = known.find((family) =>
    type === undefined ? family.recognises(files) : family.modelTypes.includes(type),
  );
  if (found) return found;
  const types = known.flatMap((family) => family.modelTypes).join(', ');
  throw new CheckpointError(
    files.config
      ? `${files.folder}/config.json: model_type '${type}' is not a family that can be run here; known are ${types}`
      : `${files.checkpoint.path}: there is no config.json beside it, and its tensors are of no known family (${types})`,
  );
}

type Method = Exclude<
  {
    [K in keyof LoadedModel]-?: LoadedModel[K] extends ((...args: never[]) => unknown) | undefined ? K : never;
  }[keyof LoadedModel],
  'release' | 'work' | 'processor' | typeof Symbol.asyncDispose
>;

/** A task that this model's file cannot serve is refused by name, or as `saying` puts it. */
export function need<K extends Method>(
  model: LoadedModel,
  task: K,
  saying: string = task,
): NonNullable<LoadedModel[K]> {
  const method = model[task];
  if (!method) throw new UsageError(`${model.id} cannot ${saying}; its file serves ${model.tasks.join(', ')}`);
  return method.bind(model) as NonNullable<LoadedModel[K]>;
}
