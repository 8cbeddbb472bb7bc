/** Small pictures for pages that need nothing else. Node only. */
import { encodePng } from './node.ts';
import type { Pixels } from './pixels.ts';
import { resize } from './resample.ts';

/** The picture as a data URL, made smaller where a side is longer than `longest` pixels. */
export async function thumbnail(picture: Pixels, longest: number): Promise<string> {
  const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
  const scaled = (side: number) => Math.max(1, Math.round(side * scale));
  const size = { width: scaled(picture.width), height: scaled(picture.height) };
  const png = await encodePng(scale === 1 ? picture : resize(picture, size, 'bilinear'));
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}
