/**
 * Rounding matrices: rows of float32 in, bytes and scales in the layouts of the engine's kernels out. A matrix is
 * [out, in], as PyTorch stores it; rows may be given in any number of pieces, so that a file can be read in passing.
 */
import type { Packing } from '../core/index.ts';

/** Numbers that share a scale in the block layouts. */
export const blockSize = 32;

/**
 * The largest 8-bit weight. The engine's kernel for processors without dot-product instructions adds pairs of
 * (0…255) · weight in 16 bits, which 127 would overflow in silence: 2 · 255 · 64 = 32640 is the most that fits.
 */
const largestColumn = 64;

/** Bytes of `values`, numbers in `scales`. */
export function packedSizes(packing: Packing, rows: number, columns: number): { bytes: number; scales: number } {
  if (packing === 'columns8') return { bytes: rows * columns, scales: rows };
  return { bytes: (rows * columns * bitsOf(packing)) / 8, scales: (rows * columns) / blockSize };
}

export const bitsOf = (packing: Exclude<Packing, 'columns8'>): 4 | 8 => (packing === 'blocks4' ? 4 : 8);

/** Whether a matrix has the shape that a layout needs. */
export const fits = (packing: Packing, columns: number): boolean => packing === 'columns8' || columns % blockSize === 0;

/** Takes the rows of one matrix, some at a time. */
export class MatrixPacker {
  readonly values: Uint8Array;
  readonly scales: Float32Array;
  readonly #packing: Packing;
  readonly #rows: number;
  readonly #columns: number;
  #row = 0;

  constructor(packing: Packing, rows: number, columns: number) {
    const { bytes, scales } = packedSizes(packing, rows, columns);
    this.#packing = packing;
    this.#rows = rows;
    this.#columns = columns;
    this.values = new Uint8Array(bytes);
    this.scales = new Float32Array(scales);
  }

  get full(): boolean {
    return this.#row === this.#rows;
  }

  /** Cuts rows where this matrix ends and where others of its shape would begin and end. */
  split(numbers: Float32Array): Float32Array[] {
    const parts: Float32Array[] = [];
    for (let at = 0, left = this.#rows - this.#row; at < numbers.length; left = this.#rows) {
      const end = Math.min(numbers.length, at + left * this.#columns);
      parts.push(numbers.subarray(at, end));
      at = end;
    }
    return parts;
  }

  /** The next whole rows. */
  add(numbers: Float32Array): void {
    const columns = this.#columns;
    for (let start = 0; start < numbers.length; start += columns, this.#row++) {
      if (this.#packing === 'columns8') this.#column(numbers, start);
      else
        for (let at = 0; at < columns; at += blockSize)
          this.#block(numbers, start + at, (this.#row * columns + at) / blockSize, bitsOf(this.#packing));
    }
  }

  /** Row r of ours is column r of the kernel's [in, out] matrix. */
  #column(numbers: Float32Array, start: number): void {
    const row = this.#row;
    let largest = 0;
    for (let i = start; i < start + this.#columns; i++) {
      const size = Math.abs(numbers[i]);
      if (size > largest) largest = size;
    }
    const scale = largest / largestColumn || 1;
    this.scales[row] = scale;
    for (let i = 0, to = row; i < this.#columns; i++, to += this.#rows)
      this.values[to] = Math.round(numbers[start + i] / scale);
  }

  /**
   * A block is stored as unsigned numbers around the middle. Its number of largest size becomes the lowest, -8 or -128,
   * which exists on one side only: the scale takes its sign, so that no code is wasted.
   */
  #block(numbers: Float32Array, start: number, block: number, bits: 4 | 8): void {
    const middle = 1 << (bits - 1);
    let largest = 0;
    for (let i = start; i < start + blockSize; i++) if (Math.abs(numbers[i]) > Math.abs(largest)) largest = numbers[i];
    const scale = largest / -middle || 1;
    this.scales[block] = scale;
    const to = (block * blockSize * bits) / 8;
    for (let i = 0; i < blockSize; i++) {
      const code = Math.min(2 * middle - 1, (numbers[start + i] / scale + middle + 0.5) | 0);
      if (bits === 8) this.values[to + i] = code;
      else this.values[to + (i >> 1)] |= code << (4 * (i & 1));
    }
  }
}
