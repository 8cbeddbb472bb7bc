/**
 * Resizing feature maps and position tables as PyTorch's `interpolate` does.
 *
 * Interpolation is linear in the values: one matrix per axis. Written as two products it needs no kernel of its own, its
 * gradient is exact, and the weights are computed here once, in float64.
 */
import { float32 } from '../array.ts';
import { ShapeError } from '../errors.ts';
import { constant, type Tensor } from '../tensor.ts';
import { matmul } from './matmul.ts';

export interface ResizeOptions {
  mode: 'nearest' | 'bilinear' | 'bicubic';
  /** Map corner pixels' centres onto each other, instead of the corners of the outermost pixels. */
  alignCorners?: boolean;
  /** Map the centre of the first pixel onto itself and keep the scale, as TensorFlow did at first. */
  alignFirst?: boolean;
  /** Widen the filter when shrinking, as Pillow does. */
  antialias?: boolean;
}

/** x [..., h, w] with fixed sizes → [..., height, width]. */
export function resize(x: Tensor, height: number, width: number, options: ResizeOptions): Tensor {
  const [h, w] = x.shape.slice(-2);
  if (typeof h !== 'number' || typeof w !== 'number') throw new ShapeError('resize needs fixed spatial sizes');
  const rows = h === height ? x : matmul(constant(weights(h, height, options)), x);
  return w === width ? rows : matmul(rows, constant(weights(w, width, options)), { transposeB: true });
}

/** Keys' cubic: a = -0.75 as PyTorch, or -0.5 where it antialiases (Pillow's kernel). */
const cubic = (a: number) => (distance: number) => {
  const x = Math.abs(distance);
  if (x < 1) return (a + 2) * x ** 3 - (a + 3) * x ** 2 + 1;
  return x < 2 ? a * x ** 3 - 5 * a * x ** 2 + 8 * a * x - 4 * a : 0;
};
const triangle = (distance: number) => Math.max(0, 1 - Math.abs(distance));

/** The matrix [to, from] of one axis. */
function weights(
  from: number,
  to: number,
  { mode, alignCorners = false, alignFirst = false, antialias = false }: ResizeOptions,
) {
  const matrix = new Float32Array(to * from);
  const scale = alignCorners ? (to > 1 ? (from - 1) / (to - 1) : 0) : from / to;
  for (let row = 0; row < to; row++) {
    if (mode === 'nearest') {
      matrix[row * from + Math.min(from - 1, Math.floor(row * (from / to)))] = 1;
      continue;
    }
    const centre = alignCorners || alignFirst ? row * scale : (row + 0.5) * scale - 0.5;
    const stretch = antialias && !alignCorners ? Math.max(1, scale) : 1;
    const filter = mode === 'bilinear' ? triangle : cubic(antialias ? -0.5 : -0.75);
    const reach = Math.ceil((mode === 'bilinear' ? 1 : 2) * stretch);
    const taps: [number, number][] = [];
    for (let at = Math.floor(centre) - reach; at <= Math.floor(centre) + reach + 1; at++) {
      const weight = filter((at - centre) / stretch);
      // Antialiasing drops what lies outside and renormalises; plain interpolation repeats the border.
      if (weight !== 0 && (!antialias || (at >= 0 && at < from)))
        taps.push([Math.min(from - 1, Math.max(0, at)), weight]);
    }
    const sum = taps.reduce((total, [, weight]) => total + weight, 0);
    for (const [at, weight] of taps) matrix[row * from + at] += weight / sum;
  }
  return float32([to, from], matrix);
}
