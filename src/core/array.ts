/**
 * Numbers in memory: a dtype, a shape and a flat typed array in row-major order. Everything that crosses the border
 * between the traced graph and the host (pixels, ids, logits, weights) is one of these.
 */
import { ShapeError } from './errors.ts';

export type DType = 'float32' | 'float16' | 'bfloat16' | 'float64' | 'int64' | 'int32' | 'int8' | 'uint8' | 'bool';

export type TypedArray =
  | Float32Array
  | Float64Array
  | Uint16Array
  | BigInt64Array
  | Int32Array
  | Int8Array
  | Uint8Array;

/** What holds each dtype. Half precision is kept as raw 16-bit words; booleans as bytes 0 and 1. */
export const dtypes = {
  float32: { bytes: 4, array: Float32Array },
  float64: { bytes: 8, array: Float64Array },
  float16: { bytes: 2, array: Uint16Array },
  bfloat16: { bytes: 2, array: Uint16Array },
  int64: { bytes: 8, array: BigInt64Array },
  int32: { bytes: 4, array: Int32Array },
  int8: { bytes: 1, array: Int8Array },
  uint8: { bytes: 1, array: Uint8Array },
  bool: { bytes: 1, array: Uint8Array },
} as const satisfies Record<DType, { bytes: number; array: unknown }>;

export interface NDArray {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Checks that the data fills the shape. */
export function ndarray(dtype: DType, shape: readonly number[], data: TypedArray): NDArray {
  if (data.length !== sizeOf(shape))
    throw new ShapeError(`${data.length} values do not fill the shape [${shape.join(', ')}]`);
  return { dtype, shape: [...shape], data };
}

export const float32 = (shape: readonly number[], data: ArrayLike<number>): NDArray =>
  ndarray('float32', shape, data instanceof Float32Array ? data : Float32Array.from(data));

export const int64 = (shape: readonly number[], data: ArrayLike<number | bigint>): NDArray =>
  ndarray('int64', shape, data instanceof BigInt64Array ? data : BigInt64Array.from(Array.from(data, BigInt)));

export const bool = (shape: readonly number[], data: ArrayLike<number | boolean>): NDArray =>
  ndarray('bool', shape, Uint8Array.from(Array.from(data as ArrayLike<number>, Number)));

/** A fresh array of zeros. */
export function zeros(dtype: DType, shape: readonly number[]): NDArray {
  return { dtype, shape: [...shape], data: new dtypes[dtype].array(sizeOf(shape)) };
}

/** The values as float32, whatever the dtype; half precision is widened exactly. Shares memory when already float32. */
export function toFloat32({ dtype, data }: NDArray): Float32Array {
  if (data instanceof Float32Array) return data;
  const out = new Float32Array(data.length);
  if (dtype === 'bfloat16') {
    const words = new Uint32Array(out.buffer);
    for (let i = 0; i < out.length; i++) words[i] = (data as Uint16Array)[i] << 16;
  } else if (dtype === 'float16') {
    const halves = widened();
    for (let i = 0; i < out.length; i++) out[i] = halves[(data as Uint16Array)[i]];
  } else {
    for (let i = 0; i < out.length; i++) out[i] = Number(data[i]);
  }
  return out;
}

/** Every half there is as float32: looking one up is many times as fast as taking its bits apart. */
function widened(): Float32Array {
  return (halves ??= Float32Array.from({ length: 1 << 16 }, (_, word) => halfToFloat(word)));
}
let halves: Float32Array | undefined;

export function halfToFloat(word: number): number {
  const sign = word & 0x8000 ? -1 : 1;
  const exponent = (word >> 10) & 0x1f;
  const fraction = word & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const scratch = new DataView(new ArrayBuffer(4));

/** Rounds to the nearest half, ties to even, as IEEE 754 conversion does. */
export function floatToHalf(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 0xff;
  const fraction = bits & 0x7fffff;
  if (exponent === 255) return sign | 0x7c00 | (fraction ? 0x200 : 0);
  const unbiased = exponent - 127;
  if (unbiased > 15) return sign | 0x7c00;
  if (unbiased >= -14) {
    const half = ((unbiased + 15) << 10) | (fraction >>> 13);
    const rest = fraction & 0x1fff;
    // A carry out of the fraction walks into the exponent, which is exactly the next representable number.
    return sign | (half + (rest > 0x1000 || (rest === 0x1000 && half & 1) ? 1 : 0));
  }
  if (unbiased < -25) return sign;
  const shift = -unbiased - 1;
  const whole = fraction | 0x800000;
  const half = whole >>> shift;
  const rest = whole & ((1 << shift) - 1);
  const middle = 1 << (shift - 1);
  return sign | (half + (rest > middle || (rest === middle && half & 1) ? 1 : 0));
}
