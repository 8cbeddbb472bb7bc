/** Renders drawings to trimmed RGBA with sharp. Node only. */
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
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
  const source = await sourceOf(drawing, size * 2);
  const input = sharp(source);
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

/** The file's bytes; SVG is made to fill `target` pixels, twice what is kept, so that borders can be cut off. */
async function sourceOf(drawing: Drawing, target: number): Promise<Buffer> {
  if ('svg' in drawing) return Buffer.from(fitted(drawing.svg, target));
  const bytes = await readFile(drawing.file);
  return drawing.file.endsWith('.svg') ? Buffer.from(fitted(bytes.toString('utf8'), target)) : bytes;
}

/** User units of an SVG length, at the 90 dots an inch that drawing programs counted with when clip art was made. */
const unitSizes: Record<string, number> = { '': 1, px: 1, pt: 1.25, pc: 15, mm: 3.543, cm: 35.43, in: 90 };

/**
 * The SVG with a size in pixels. Old drawings have no view box and often lie partly outside their page: they get one
 * with half a page more on every side.
 */
function fitted(svg: string, target: number): string {
  return svg.replace(/<svg\b[^>]*>/, (tag) => {
    const [width, height] = ['width', 'height'].map((side) => {
      const [, value, unit] = new RegExp(`\\s${side}\\s*=\\s*["']([0-9.]+)([a-z]*)["']`).exec(tag) ?? [];
      return value ? Number(value) * (unitSizes[unit] ?? 1) : undefined;
    });
    const bare = tag.replace(/\s(width|height)\s*=\s*["'][^"']*["']/g, '');
    if (/\bviewBox\s*=/.test(tag)) return bare.replace(/^<svg/, `<svg width="${target}" height="${target}"`);
    const [w, h] = [width ?? 744, height ?? 1052];
    const box = `${-w / 2} ${-h / 2} ${2 * w} ${2 * h}`;
    return bare.replace(/^<svg/, `<svg width="${2 * target}" height="${2 * target}" viewBox="${box}"`);
  });
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
