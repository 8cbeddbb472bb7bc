/** Which size each processor resizes to and what it cuts out; 8-bit pixels in, 8-bit pixels out. */
import { InputError } from '../core/errors.ts';
import type { ProcessorSettings, ProcessorType, SizeRule } from './config.ts';
import { centerCrop, MAX_PIXELS, type Pixels } from './pixels.ts';
import { resize } from './resample.ts';

interface Size {
  readonly height: number;
  readonly width: number;
}

/** The resizing and cropping of one processor. */
export type Geometry = (picture: Pixels, settings: ProcessorSettings) => Pixels;

const resizeThenCrop: Geometry = (picture, settings) => {
  const resized = resizeBy(picture, settings, resizedSize);
  return settings.crop ? centerCrop(resized, settings.crop) : resized;
};

/** Perceiver cuts a square out of the middle first; `crop_size` says only which share of the shorter side it takes. */
const cropThenResize: Geometry = (picture, settings) => {
  const { crop } = settings;
  if (!crop) return resizeBy(picture, settings, resizedSize);
  const size = settings.size as Size;
  const shorter = Math.min(picture.height, picture.width);
  const cut = {
    height: Math.trunc((size.height / crop.height) * shorter),
    width: Math.trunc((size.width / crop.width) * shorter),
  };
  return resizeBy(centerCrop(picture, cut), settings, resizedSize);
};

const resizeToMultiples: Geometry = (picture, settings) =>
  resizeBy(picture, settings, (from, rule) => viltSize(from, rule, settings.sizeDivisor));

export const geometries: Record<ProcessorType, Geometry> = {
  BlipImageProcessor: resizeThenCrop,
  CLIPImageProcessor: resizeThenCrop,
  PerceiverImageProcessor: cropThenResize,
  VideoMAEImageProcessor: resizeThenCrop,
  ViltImageProcessor: resizeToMultiples,
  ViTImageProcessor: resizeThenCrop,
};

function resizeBy(picture: Pixels, settings: ProcessorSettings, toSize: (from: Size, rule: SizeRule) => Size): Pixels {
  if (!settings.filter) return picture;
  const size = toSize(picture, settings.size);
  const { height, width } = size;
  if (height < 1 || width < 1 || height * width > MAX_PIXELS)
    throw new InputError(
      `picture of ${picture.width} × ${picture.height} pixels: too narrow for ${settings.type}, ` +
        `which would make it ${width} × ${height}; crop it nearer to a square`,
    );
  return resize(picture, size, settings.filter);
}

/** `resize` of transformers' PilBackend. Its roundings differ from rule to rule; all of them are kept. */
export function resizedSize(from: Size, rule: SizeRule): Size {
  if ('height' in rule) return rule;
  if ('maxHeight' in rule) {
    const scale = Math.min(rule.maxHeight / from.height, rule.maxWidth / from.width);
    return { height: Math.trunc(from.height * scale), width: Math.trunc(from.width * scale) };
  }
  const shorter = Math.min(from.height, from.width);
  const longer = Math.max(from.height, from.width);
  const capped = rule.longestEdge && (longer / shorter) * rule.shortestEdge > rule.longestEdge;
  const short = capped ? ((rule.longestEdge as number) * shorter) / longer : rule.shortestEdge;
  const rounded = roundHalfEven(short);
  if (rounded === shorter) return from;
  const long = Math.trunc((short * longer) / shorter);
  return from.width <= from.height ? { height: long, width: rounded } : { height: rounded, width: long };
}

/** Python's `round`. */
const roundHalfEven = (value: number) => {
  const rounded = Math.round(value);
  return value % 1 === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
};

/** The ratio of ViLT's caps for COCO pictures: a longer side of 1333 for a shorter side of 800. */
const LONGER_PER_SHORTER = 1333 / 800;

/** ViLT (arXiv 2102.03334, section 4.2): the shorter side to the given length, the longer capped, both cut to multiples. */
export function viltSize(from: Size, rule: SizeRule, divisor: number): Size {
  const { shortestEdge } = rule as { shortestEdge: number };
  const longest = Math.trunc(LONGER_PER_SHORTER * shortestEdge);
  const scale = shortestEdge / Math.min(from.height, from.width);
  let height = from.height < from.width ? shortestEdge : scale * from.height;
  let width = from.height < from.width ? scale * from.width : shortestEdge;
  const longer = Math.max(height, width);
  if (longer > longest) {
    height *= longest / longer;
    width *= longest / longer;
  }
  const cut = (side: number) => Math.floor(Math.trunc(side + 0.5) / divisor) * divisor;
  return { height: cut(height), width: cut(width) };
}
