/** Changes of hue, saturation, contrast and brightness as one matrix. */
import type { Random } from './random.ts';

/** A colour matrix that turns the hue a little and changes saturation, contrast and brightness. */
export function colourJitter(random: Random, strength = 1): Float64Array {
  const turn = random.between(-9, 9) * (Math.PI / 180) * strength;
  const saturation = 1 + random.between(-0.3, 0.25) * strength;
  const contrast = 1 + random.between(-0.25, 0.2) * strength;
  const brightness = random.between(-28, 28) * strength + 128 * (1 - contrast);
  return colourMatrix(turn, saturation, contrast, brightness);
}

/** Rows of (3 weights, offset). The hue is turned around the grey axis; luminance weights are those of Rec. 601. */
export function colourMatrix(turn: number, saturation: number, contrast: number, offset: number): Float64Array {
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const third = (1 - cos) / 3;
  const root = Math.sqrt(1 / 3) * sin;
  const hue = [
    cos + third,
    third - root,
    third + root,
    third + root,
    cos + third,
    third - root,
    third - root,
    third + root,
    cos + third,
  ];
  const grey = [0.299, 0.587, 0.114];
  const out = new Float64Array(12);
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++) {
      const mean = grey[0] * hue[column] + grey[1] * hue[3 + column] + grey[2] * hue[6 + column];
      out[row * 4 + column] = contrast * (mean + saturation * (hue[row * 3 + column] - mean));
    }
    out[row * 4 + 3] = offset;
  }
  return out;
}
