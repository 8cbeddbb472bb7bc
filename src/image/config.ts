/**
 * `preprocessor_config.json` of transformers, read into plain settings. Missing keys take the defaults of the named
 * class, as they do there; old files say `feature_extractor_type` and give sizes as one number.
 */
import { CheckpointError, nearest } from '../core/errors.ts';
import type { ResampleFilter } from './resample.ts';

/** How a picture's size becomes the size to resize to; see `resizedSize` in geometry.ts. */
export type SizeRule =
  | { height: number; width: number }
  | { shortestEdge: number; longestEdge?: number }
  | { maxHeight: number; maxWidth: number };

export interface ProcessorSettings {
  readonly type: ProcessorType;
  readonly size: SizeRule;
  /** Absent when the picture is not resized. */
  readonly filter?: ResampleFilter;
  readonly crop?: { readonly height: number; readonly width: number };
  /** Sample values (0 to 255) are multiplied by this… */
  readonly scale: number;
  /** …then shifted and divided, by channel. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** ViLT: sides become multiples of this. */
  readonly sizeDivisor: number;
  /** ViLT: a batch is padded to its largest height and width and gets a mask. */
  readonly pad: boolean;
}

const clipColours = {
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
};
const imageNetColours = { image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] };
const plainColours = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] };
const square = (side: number) => ({ height: side, width: side });
const always = { do_resize: true, do_rescale: true, do_normalize: true, rescale_factor: 1 / 255 };

/** Pillow's numbers for its filters. */
const filters: Record<number, ResampleFilter> = {
  0: 'nearest',
  1: 'lanczos',
  2: 'bilinear',
  3: 'bicubic',
  4: 'box',
  5: 'hamming',
};
const BILINEAR = 2;
const BICUBIC = 3;

/** Class attributes of transformers' image_processing_pil_*.py. */
const defaults = {
  BlipImageProcessor: { ...always, ...clipColours, size: square(384), resample: BICUBIC, default_to_square: true },
  CLIPImageProcessor: {
    ...always,
    ...clipColours,
    size: { shortest_edge: 224 },
    resample: BICUBIC,
    default_to_square: false,
    do_center_crop: true,
    crop_size: square(224),
  },
  PerceiverImageProcessor: {
    ...always,
    ...imageNetColours,
    size: square(224),
    resample: BICUBIC,
    default_to_square: true,
    do_center_crop: true,
    crop_size: square(256),
  },
  VideoMAEImageProcessor: {
    ...always,
    ...plainColours,
    size: { shortest_edge: 224 },
    resample: BILINEAR,
    default_to_square: false,
    do_center_crop: true,
    crop_size: square(224),
  },
  ViltImageProcessor: {
    ...always,
    ...plainColours,
    size: { shortest_edge: 384 },
    resample: BICUBIC,
    default_to_square: false,
    size_divisor: 32,
    do_pad: true,
  },
  ViTImageProcessor: { ...always, ...plainColours, size: square(224), resample: BILINEAR, default_to_square: true },
};

export type ProcessorType = keyof typeof defaults;

/** Keys that say nothing about the numbers. */
const inert = [
  'image_processor_type',
  'feature_extractor_type',
  'processor_class',
  'auto_map',
  'do_convert_rgb', // Pixels are always RGB.
  'input_data_format',
  'return_tensors',
  'device',
  'disable_grouping',
  'model_input_names',
  'transformers_version',
  '_name_or_path',
  '_valid_processor_keys',
];
const optional = ['do_center_crop', 'crop_size', 'data_format'];

/**
 * Reads a parsed `preprocessor_config.json`. Throws CheckpointError naming the key when the class is unknown, a value
 * makes no sense, or a key is set whose effect is not known here.
 */
export function readProcessorConfig(config: unknown): ProcessorSettings {
  if (typeof config !== 'object' || config === null || Array.isArray(config))
    throw fault('is not an object; pass the parsed JSON of a Hugging Face image processor');
  // A null means "the default of the class" to transformers.
  const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
  const type = processorType(given.image_processor_type ?? given.feature_extractor_type);
  refuseUnknown(given, type);
  const all: Record<string, unknown> = { ...defaults[type], ...given };
  const normalize = flag(all, 'do_normalize');
  const size = sizeRule('size', all.size, flag(all, 'default_to_square'));
  if (type === 'PerceiverImageProcessor' && !('height' in size))
    throw fault('size: PerceiverImageProcessor needs { height, width }');
  if (type === 'ViltImageProcessor' && !('shortestEdge' in size))
    throw fault('size: ViltImageProcessor needs { shortest_edge }');
  return {
    type,
    size,
    filter: flag(all, 'do_resize') ? filter(all.resample) : undefined,
    crop: flag(all, 'do_center_crop') ? cropSize(all.crop_size) : undefined,
    scale: flag(all, 'do_rescale') ? number('rescale_factor', all.rescale_factor) : 1,
    mean: normalize ? channels('image_mean', all.image_mean) : [0, 0, 0],
    std: normalize ? channels('image_std', all.image_std) : [1, 1, 1],
    sizeDivisor: side('size_divisor', all.size_divisor ?? 1),
    pad: flag(all, 'do_pad'),
  };
}

const fault = (message: string) => new CheckpointError(`preprocessor_config.json: ${message}`);

/** The three spellings of one class: `CLIPImageProcessor`, `CLIPImageProcessorFast` or `Pil`, `CLIPFeatureExtractor`. */
function processorType(name: unknown): ProcessorType {
  const types = Object.keys(defaults) as ProcessorType[];
  const plain = String(name).replace(/FeatureExtractor$|ImageProcessor(Fast|Pil)$/, 'ImageProcessor');
  const type = types.find((candidate) => candidate === plain);
  if (type) return type;
  const problem = name === undefined ? 'image_processor_type is missing' : `unknown image_processor_type ${name}`;
  throw fault(`${problem}; known are ${types.join(', ')}`);
}

function refuseUnknown(given: Record<string, unknown>, type: ProcessorType): void {
  const known = [...Object.keys(defaults[type]), ...optional, ...inert];
  // A step that is switched off changes nothing, whatever it would have been.
  const unknown = Object.keys(given).filter((key) => given[key] !== false && !known.includes(key));
  if (unknown.length > 0) {
    const [similar] = nearest(unknown[0], known, 1);
    const advice = similar ? `did you mean ${similar}?` : 'remove it if it does not change the pixels';
    throw fault(`${unknown.join(', ')} is not understood for ${type}; ${advice}`);
  }
  if (given.data_format && given.data_format !== 'channels_first')
    throw fault(`data_format ${given.data_format} is not supported; only channels_first is`);
}

function flag(all: Record<string, unknown>, key: string): boolean {
  const value = all[key] ?? false;
  if (typeof value === 'boolean') return value;
  throw fault(`${key} must be true or false, not ${JSON.stringify(value)}`);
}

function number(key: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw fault(`${key} must be a number, not ${JSON.stringify(value)}`);
}

function side(key: string, value: unknown): number {
  if (Number.isInteger(value) && (value as number) > 0) return value as number;
  throw fault(`${key} must be a whole number of at least 1, not ${JSON.stringify(value)}`);
}

function filter(code: unknown): ResampleFilter {
  const name = filters[code as number];
  if (name) return name;
  throw fault(`resample ${JSON.stringify(code)} is no filter of Pillow; use 0 to 5`);
}

/** One number for all three channels, or three. */
function channels(key: string, value: unknown): number[] {
  const list = Array.isArray(value) ? value : [value, value, value];
  if (list.length !== 3) throw fault(`${key} must have 3 values, not ${list.length}`);
  for (const entry of list) if (number(key, entry) === 0 && key === 'image_std') throw fault('image_std must not be 0');
  return list;
}

function cropSize(value: unknown): { height: number; width: number } {
  const size = sizeRule('crop_size', value, true);
  if ('height' in size) return size;
  throw fault(`crop_size must be a number or { height, width }, not ${JSON.stringify(value)}`);
}

function sizeRule(key: string, value: unknown, toSquare: boolean): SizeRule {
  if (typeof value === 'number') return toSquare ? square(side(key, value)) : { shortestEdge: side(key, value) };
  if (Array.isArray(value)) return { height: side(key, value[0]), width: side(key, value[1]) };
  const edges = Object.fromEntries(
    Object.entries(value ?? {})
      .filter(([, edge]) => edge !== null)
      .map(([name, edge]) => [name, side(`${key}.${name}`, edge)]),
  );
  switch (Object.keys(edges).sort().join()) {
    case 'height,width':
      return { height: edges.height, width: edges.width };
    case 'shortest_edge':
      return { shortestEdge: edges.shortest_edge };
    case 'longest_edge,shortest_edge':
      return { shortestEdge: edges.shortest_edge, longestEdge: edges.longest_edge };
    case 'longest_edge':
      return { maxHeight: edges.longest_edge, maxWidth: edges.longest_edge };
    case 'max_height,max_width':
      return { maxHeight: edges.max_height, maxWidth: edges.max_width };
    default:
      throw fault(`${key} must give height and width, shortest_edge or longest_edge, not ${JSON.stringify(value)}`);
  }
}
