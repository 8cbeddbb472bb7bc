/**
 * The host's side of a pool of keys and values: one array for each input `past.*` of a program, [groups, heads, capacity,
 * width], whose first `used` slots are filled. Capacity grows in steps, inside memory that doubles, so that a text of any
 * length copies each slot a few times in all, and programs meet few different sizes.
 */
import { float32, type NDArray } from '../core/index.ts';

/** Capacities are multiples of this. */
const step = 64;

export class SlotPool {
  readonly groups: number;
  readonly #heads: number;
  readonly #width: number;
  readonly #memory: Map<string, Float32Array>;
  #used = 0;
  #capacity = 0;

  /** @param first what the pool starts with, [groups, heads, slots, width] by name */
  constructor(
    names: readonly string[],
    [groups, heads, width]: readonly [number, number, number],
    first: Readonly<Record<string, NDArray>> = {},
  ) {
    this.groups = groups;
    this.#heads = heads;
    this.#width = width;
    this.#memory = new Map(names.map((name) => [name, new Float32Array(0)]));
    const [start] = Object.values(first);
    if (groups && start) {
      this.reserve(start.shape[2] + step);
      this.append(first);
    }
  }

  get used(): number {
    return this.#used;
  }

  /** Makes room for more slots; gives the capacity. */
  reserve(more: number): number {
    const wanted = Math.ceil((this.#used + more) / step) * step;
    if (wanted > this.#capacity) {
      for (const [name, memory] of this.#memory) this.#memory.set(name, this.#spread(memory, wanted));
      this.#capacity = wanted;
    }
    return this.#capacity;
  }

  /** Moves the slots of every group and head to where a larger capacity has them. */
  #spread(memory: Float32Array, capacity: number): Float32Array {
    const parts = this.groups * this.#heads;
    const [from, to, filled] = [this.#capacity, capacity, this.#used].map((slots) => slots * this.#width);
    const fits = memory.length >= parts * to;
    const wider = fits ? memory : new Float32Array(Math.max(parts * to, 2 * memory.length));
    // From the last one on, so that none is written over before it was moved.
    for (let part = parts - 1; part >= 0; part--)
      if (fits) memory.copyWithin(part * to, part * from, part * from + filled);
      else wider.set(memory.subarray(part * from, part * from + filled), part * to);
    return wider;
  }

  /** Fills the next slots with `fresh.<path>`, [groups, heads, slots, width]; gives the first of them. */
  append(fresh: Readonly<Record<string, NDArray>>): number {
    const first = this.#used;
    for (const [name, { data, shape }] of Object.entries(fresh)) {
      const memory = this.#memory.get(name.replace(/^fresh\./, 'past.'))!;
      const [size, stride] = [shape[2] * this.#width, this.#capacity * this.#width];
      for (let part = 0; part < this.groups * this.#heads; part++)
        memory.set(
          (data as Float32Array).subarray(part * size, (part + 1) * size),
          part * stride + first * this.#width,
        );
      this.#used = first + shape[2];
    }
    return first;
  }

  feeds(): Record<string, NDArray> {
    const shape = [this.groups, this.#heads, this.#capacity, this.#width];
    const length = shape.reduce((a, b) => a * b);
    return Object.fromEntries(
      Array.from(this.#memory, ([name, memory]) => [name, float32(shape, memory.subarray(0, length))]),
    );
  }
}
