/**
 * A sprite in memory: premultiplied RGBA at full size and at halved sizes, each with a transparent border of one pixel,
 * so that bilinear reads at the rim fade out instead of leaving the picture.
 */
export interface SpriteLevel {
  width: number;
  height: number;
  /** Premultiplied RGBA, (width + 2) × (height + 2) × 4. */
  data: Uint8Array;
}

export interface Sprite {
  /** Size without the border. */
  width: number;
  height: number;
  levels: SpriteLevel[];
}

/** A sprite from straight (not premultiplied) RGBA of the given size. */
export function spriteOf(rgba: Uint8Array, width: number, height: number): Sprite {
  const stride = (width + 2) * 4;
  const data = new Uint8Array(stride * (height + 2));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 4;
      const to = (y + 1) * stride + (x + 1) * 4;
      const alpha = rgba[from + 3];
      for (let c = 0; c < 3; c++) data[to + c] = (rgba[from + c] * alpha + 127) / 255;
      data[to + 3] = alpha;
    }
  const levels: SpriteLevel[] = [{ width, height, data }];
  // Objects in scenes shrink to 15% of a small picture: about an eighth of the drawing.
  while (levels.length < 4) levels.push(half(levels[levels.length - 1]));
  return { width, height, levels };
}

function half({ width, height, data }: SpriteLevel): SpriteLevel {
  const [w, h] = [(width + 1) >> 1, (height + 1) >> 1];
  const out = new Uint8Array((w + 2) * (h + 2) * 4);
  const stride = (width + 2) * 4;
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      const from = (2 * y + 1) * stride + (2 * x + 1) * 4;
      const to = (y + 1) * (w + 2) * 4 + (x + 1) * 4;
      for (let c = 0; c < 4; c++)
        out[to + c] =
          (data[from + c] + data[from + 4 + c] + data[from + stride + c] + data[from + stride + 4 + c] + 2) >> 2;
    }
  return { width: w, height: h, data: out };
}
