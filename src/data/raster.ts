/** Renders drawings to trimmed RGBA with sharp. Node only. */
import { readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import type { Drawing } from './emoji.ts';

export interface Raster {
  rgba: Uint8Array;
  width: number;
  height: number;
}

/** Pixels fainter than this do not count as part of a drawing when its border is cut off. */
const faint = 8;

/** The drawing without its transparent border, at most `size` pixels on its longest side; never enlarged. */
export async function rasterise(drawing: Drawing, size: number): Promise<Raster | undefined> {
  const source = 'svg' in drawing ? Buffer.from(drawing.svg) : await readFile(drawing.file);
  const vector = 'svg' in drawing || drawing.file.endsWith('.svg');
  // Twice the size leaves room for the border that is cut off, and for area averaging afterwards.
  const input = vector ? await vectorInput(source, size * 2) : sharp(source);
  const { data, info } = await input.toColourspace('srgb').ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const box = opaqueBox(data, info.width, info.height);
  if (!box) return undefined;
  const scale = Math.min(1, size / Math.max(box.width, box.height));
  const [width, height] = [box.width, box.height].map((side) => Math.max(1, Math.round(side * scale)));
  const rgba = await sharp(data, { raw: { width: info.width, height: info.height, channels: 4 } })
    .extract(box)
    .resize(width, height, { fit: 'fill', kernel: 'lanczos3' })
    .raw()
    .toBuffer();
  return { rgba, width, height };
}

async function vectorInput(source: Buffer, target: number): Promise<Sharp> {
  const { width = target, height = target } = await sharp(source).metadata();
  // sharp renders SVG at 72 dots an inch times density / 72; density stays in its allowed range.
  const density = Math.min(2400, Math.max(1, (72 * target) / Math.max(width, height)));
  return sharp(source, { density });
}

function opaqueBox(data: Uint8Array, width: number, height: number) {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (data[(y * width + x) * 4 + 3] > faint) {
        if (x < left) left = x;
        if (x > right) right = x;
        if (y < top) top = y;
        bottom = y;
      }
  return right < 0 ? undefined : { left, top, width: right - left + 1, height: bottom - top + 1 };
}
