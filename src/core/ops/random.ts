/**
 * Randomness from explicit keys: the numbers depend on the key, the place in the model and the element's index, and on
 * nothing else, so that a resumed run and another platform draw the same ones.
 *
 * The generator is a 32-bit finaliser (two rounds of multiply and shift) over a Weyl sequence. It is made for masks, not
 * for cryptography. `uniform` in the graph and `uniformNumber` on the host give the same values.
 */
import { int64 } from '../array.ts';
import { ShapeError } from '../errors.ts';
import { productOf, type Shape } from '../size.ts';
import { apply, primitive, type Tensor } from '../tensor.ts';

const weyl = 0x9e3779b1;
const keyFactor = 0x3c6ef373;
const rounds = [
  { shift: 16, multiplier: 0x21f0aaad },
  { shift: 15, multiplier: 0x735a2d97 },
] as const;
const mask = 0xffffffff;

export const uniformPrimitive = primitive<{ shape: Shape; salt: number }>({
  name: 'uniform',
  shape: ([key], { shape }) => {
    if (key.dtype !== 'int64' || key.shape.length !== 0) throw new ShapeError('a key is an int64 without axes');
    return { dtype: 'float32', shape };
  },
  grad: null,
  onnx: ({ emit, inputs: [key], attributes: { shape, salt } }) => {
    const whole = (value: number) => emit.constant(int64([], [value]));
    const keep = (x: string) => emit.op('BitwiseAnd', [x, whole(mask)]);
    // Right shifts of numbers under 2^32 are divisions; ONNX shifts exist for unsigned types only.
    const shiftXor = (x: string, bits: number) => emit.op('BitwiseXor', [x, emit.op('Div', [x, whole(2 ** bits)])]);
    const count = emit.op('Squeeze', [emit.sizes([productOf(shape)]), emit.sizes([0])]);
    const index = emit.op('Range', [whole(0), count, whole(1)]);
    const start = emit.op('Add', [emit.op('Mul', [key, whole(keyFactor)]), whole(salt)]);
    let state = keep(emit.op('Add', [emit.op('Mul', [index, whole(weyl)]), start]));
    for (const { shift, multiplier } of rounds)
      state = keep(emit.op('Mul', [shiftXor(state, shift), whole(multiplier)]));
    const bits = emit.op('Div', [shiftXor(state, 15), whole(256)]);
    const unit = emit.constant({ dtype: 'float32', shape: [], data: Float32Array.of(2 ** -24) });
    const value = emit.op('Mul', [emit.op('Cast', [bits], { to: 1 }), unit]);
    return emit.op('Reshape', [value, emit.sizes(shape)]);
  },
});

/** Element `index` of the stream that `key` and `salt` name, in [0, 1). */
export function uniformNumber(key: number, salt: number, index: number): number {
  let state = (Math.imul(index, weyl) + Math.imul(key, keyFactor) + salt) >>> 0;
  for (const { shift, multiplier } of rounds) state = Math.imul(state ^ (state >>> shift), multiplier) >>> 0;
  state = (state ^ (state >>> 15)) >>> 0;
  return (state >>> 8) * 2 ** -24;
}

/** A number under 2^31 for a name: FNV-1a. */
export function saltOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const character of new TextEncoder().encode(name)) hash = Math.imul(hash ^ character, 0x01000193);
  return (hash >>> 0) & 0x7fffffff;
}

/** A source of randomness inside a graph: a step's key (int64, no axes) and the place that draws from it. */
export class Key {
  readonly tensor: Tensor;
  readonly path: string;

  constructor(tensor: Tensor, path = '') {
    this.tensor = tensor;
    this.path = path;
  }

  /** The key of a part; different names never share numbers. */
  fold(...names: (string | number)[]): Key {
    return new Key(this.tensor, [this.path, ...names].join('/'));
  }

  /** Numbers in [0, 1). */
  uniform(shape: Shape): Tensor {
    return apply(uniformPrimitive, [this.tensor], { shape: [...shape], salt: saltOf(this.path) });
  }
}

/** Zeroes a share `rate` of the elements and scales the rest; without a key (inference) it changes nothing. */
export function dropout(x: Tensor, rate: number, key: Key | undefined): Tensor {
  if (!key || rate === 0) return x;
  const kept = key.uniform(x.shape).greaterOrEqual(rate).cast(x.dtype);
  return x.mul(kept.mul(1 / (1 - rate)));
}
