/** A decoded picture, and the one cut that processors make in it. */
import { InputError } from '../core/errors.ts';
import type { ProcessorSettings } from './config.ts';

/** 8-bit RGB, row-major from the top left: `data[(y * width + x) * 3 + channel]`. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 3;
  readonly data: Uint8Array;
  /** The settings of the processor that has resized it already, and takes it as it is. */
  readonly fitted?: ProcessorSettings;
}

/** The size at which Pillow takes a picture for a decompression bomb and refuses it. */
export const MAX_PIXELS = 178_956_970;

/** Wraps bytes that are already RGB. Throws InputError when they do not fill the size. */
export function pixels(width: number, height: number, data: Uint8Array): Pixels {
  if (data.length !== width * height * 3)
    throw new InputError(
      `raw pixels: ${data.length} bytes do not fill ${width} × ${height} × 3 channels; pass RGB, three bytes a pixel`,
    );
  return { width, height, channels: 3, data };
}

/**
 * The middle of a picture. Sides that the picture lacks are black. An odd leftover pixel is cut at the bottom or right,
 * but padded at the top or left: both fall out of rounding the start down, as `center_crop` of transformers'
 * image_transforms.py does.
 */
export function centerCrop(picture: Pixels, { height, width }: { height: number; width: number }): Pixels {
  const top = Math.floor((picture.height - height) / 2);
  const left = Math.floor((picture.width - width) / 2);
  const out = new Uint8Array(width * height * 3);
  const firstColumn = Math.max(left, 0);
  const endColumn = Math.min(left + width, picture.width);
  for (let y = Math.max(top, 0); y < Math.min(top + height, picture.height); y++) {
    const row = y * picture.width;
    const strip = picture.data.subarray((row + firstColumn) * 3, (row + endColumn) * 3);
    out.set(strip, ((y - top) * width + firstColumn - left) * 3);
  }
  return pixels(width, height, out);
}
