/**
 * Element-wise loops over float32 arrays, as WebAssembly SIMD.
 *
 * What training does beside its graph (optimiser, averages, sums of gradients) touches every parameter at every step. A
 * plain JavaScript loop computes in float64 one element at a time: AdamW over 5 M parameters takes 24 to 30 ms, and 31
 * to 60 ms as a graph of element-wise ONNX operators; four lanes of float32 at a time take 12 ms, most of it memory.
 * Arrays that live in a WebAssembly memory are worked on where they are; others, which may be larger than one, pass
 * through it in pieces that stay in the cache.
 */

/** A number for each element, or one for all: what the formula of a loop is written in. */
export class Lane {
  readonly op: keyof typeof opcodes | undefined;
  readonly inputs: readonly Lane[];

  constructor(op?: keyof typeof opcodes, ...inputs: Lane[]) {
    this.op = op;
    this.inputs = inputs;
  }

  add = (other: Lane): Lane => new Lane('add', this, other);
  sub = (other: Lane): Lane => new Lane('sub', this, other);
  mul = (other: Lane): Lane => new Lane('mul', this, other);
  div = (other: Lane): Lane => new Lane('div', this, other);
  sqrt = (): Lane => new Lane('sqrt', this);
}

/** The f32x4 instructions of the WebAssembly specification, after the SIMD prefix. */
const opcodes = { sqrt: [0xe3, 0x01], add: [0xe4, 0x01], sub: [0xe5, 0x01], mul: [0xe6, 0x01], div: [0xe7, 0x01] };

/**
 * Runs a loop over elements `start` to `end` of arrays of one layout, in place, and gives the sum of squares that its
 * formula asks for, else 0. Fastest where all arrays come from one `Arena`.
 */
export type Loop<A extends string, S extends string> = (
  arrays: Record<A, Float32Array>,
  scalars: Record<S, number>,
  start?: number,
  end?: number,
) => number;

/** Floats of one piece of an array that is copied: five arrays of pieces fill 80 kB. */
const piece = 4096;
/**
 * Bytes from one array's piece to the next, and where the first begins. Not multiples of 4096: processors take a load and
 * a store whose addresses agree in the last 12 bits for the same place, and copies run at a fifth of their speed.
 */
const stride = 4 * piece + 320;
const base = 672;
/** Arrays that a loop may have; room for their pieces is at the start of every memory. */
const most = 8;
const pageBytes = 65536;
/** WebAssembly ends at 4 GiB. Arrays of larger models that find no room pass through in pieces. */
const mostBytes = 65500 * pageBytes;

/** Memories by their buffers: tells whether an array can be read and written where it is. */
const memories = new WeakMap<ArrayBufferLike, WebAssembly.Memory>();

function newMemory(bytes: number): WebAssembly.Memory {
  const memory = new WebAssembly.Memory({ initial: Math.ceil((base + most * stride + bytes) / pageBytes) });
  memories.set(memory.buffer, memory);
  return memory;
}

/** A WebAssembly memory that long arrays live in, so that loops work on them in place. */
export class Arena {
  readonly #memory: WebAssembly.Memory | undefined;
  #end = base + most * stride;
  #arrays = 0;

  /** Room for arrays of `lengths` floats. Pages that nobody writes cost no memory. */
  constructor(lengths: readonly number[]) {
    const bytes = lengths.reduce((sum, length) => sum + 4 * length + 2 * 4096, 0);
    try {
      this.#memory = newMemory(Math.min(bytes, mostBytes));
    } catch (error) {
      // The system refuses so large a memory: every array will be a plain one.
      if (!(error instanceof RangeError)) throw error;
    }
  }

  /** Zeros, in the arena where they fit. */
  floats(length: number): Float32Array {
    // Equal elements of two arrays must not lie a multiple of 4096 bytes apart either.
    const start = Math.ceil(this.#end / 4096) * 4096 + ((320 * this.#arrays++) % 4096);
    const end = start + 4 * length;
    if (!this.#memory || end > this.#memory.buffer.byteLength) return new Float32Array(length);
    this.#end = end;
    return new Float32Array(this.#memory.buffer, start, length);
  }
}

/**
 * Compiles `formula`: lanes of the arrays and scalars by name → lanes of the arrays that it changes, and in `squares` a
 * lane whose squares are added up, in float64; it must be 0 where all arrays are.
 */
export function compileLoop<A extends string, S extends string>(
  arrays: readonly A[],
  scalars: readonly S[],
  formula: (x: Record<A | S, Lane>) => Partial<Record<A | 'squares', Lane>>,
): Loop<A, S> {
  const leaves = Object.fromEntries([...arrays, ...scalars].map((name) => [name, new Lane()])) as Record<A | S, Lane>;
  const results: Partial<Record<A | 'squares', Lane>> = formula(leaves);
  const module = new WebAssembly.Module(
    moduleBytes(
      arrays.map((name) => ({ lane: leaves[name], result: results[name] })),
      scalars.map((name) => leaves[name]),
      results.squares,
    ),
  );
  const changes = arrays.map((name) => name in results);
  const started = new WeakMap<WebAssembly.Memory, Run>();
  let own: WebAssembly.Memory | undefined;

  return (data, values, start = 0, end = data[arrays[0]].length) => {
    const list = arrays.map((name) => data[name]);
    const memory = list.map(({ buffer }) => memories.get(buffer)).find(Boolean) ?? (own ??= newMemory(0));
    let run = started.get(memory);
    if (!run) started.set(memory, (run = startLoop(module, memory, changes)));
    const factors = scalars.map((name) => values[name]);
    return run(list, factors, start, end);
  };
}

type Run = (arrays: readonly Float32Array[], scalars: readonly number[], start: number, end: number) => number;

function startLoop(module: WebAssembly.Module, memory: WebAssembly.Memory, changes: readonly boolean[]): Run {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const run = exports.run as (bytes: number, ...rest: number[]) => number;
  const floats = new Float32Array(memory.buffer);
  return (arrays, scalars, start, end) => {
    const here = arrays.map(({ buffer }) => buffer === memory.buffer);
    const whole = here.every(Boolean) ? (end - start) & ~3 : piece;
    let sum = 0;
    for (let from = start, length = 0; from < end; from += length) {
      length = Math.min(whole || piece, end - from);
      // Vectors of four: what is left at the end is copied, so that nothing beyond it is touched.
      const inPlace = here.map((is) => is && length % 4 === 0);
      const places = arrays.map((array, i) => (inPlace[i] ? array.byteOffset / 4 + from : (base + i * stride) / 4));
      for (const [i, array] of arrays.entries()) {
        if (inPlace[i]) continue;
        floats.set(array.subarray(from, from + length), places[i]);
        floats.fill(0, places[i] + length, places[i] + Math.ceil(length / 4) * 4);
      }
      sum += run(4 * length, ...places.map((place) => 4 * place), ...scalars);
      for (const [i, array] of arrays.entries())
        if (changes[i] && !inPlace[i]) array.set(floats.subarray(places[i], places[i] + length), from);
    }
    return sum;
  };
}

const simd = 0xfd;
const [i32, f32, f64, v128] = [0x7f, 0x7d, 0x7c, 0x7b];
const [localGet, localSet, localTee] = [0x20, 0x21, 0x22];
/** log2 of the alignment that loads and stores declare. */
const aligned = 4;

/** The loop as a WebAssembly module: `run(bytes, ...places, ...scalars)` over a memory of `env`, which gives the sum. */
function moduleBytes(
  arrays: readonly { lane: Lane; result: Lane | undefined }[],
  scalars: readonly Lane[],
  squares: Lane | undefined,
): Uint8Array<ArrayBuffer> {
  // Locals: the byte count, the places of the arrays and the scalars (parameters), the position, then one vector for each
  // lane of the formula and one for the sums.
  const parameters = [i32, ...arrays.map(() => i32), ...scalars.map(() => f32)];
  const position = parameters.length;
  const locals = new Map<Lane, number>();
  const localOf = (lane: Lane) => {
    if (!locals.has(lane)) locals.set(lane, position + 1 + locals.size);
    return leb(locals.get(lane)!);
  };
  const before = scalars.flatMap((lane, i) => {
    return [localGet, ...leb(1 + arrays.length + i), simd, 0x13, localSet, ...localOf(lane)];
  });
  const atPosition = [localGet, ...leb(position)];
  const address = (i: number) => [localGet, ...leb(1 + i), ...atPosition, 0x6a];
  const loads = arrays.flatMap(({ lane }, i) => [...address(i), simd, 0x00, aligned, 0, localSet, ...localOf(lane)]);
  const compute = (lane: Lane): number[] => {
    if (!lane.op || locals.has(lane)) return [];
    const inputs = lane.inputs.flatMap(compute);
    const operands = lane.inputs.flatMap((input) => [localGet, ...localOf(input)]);
    return [...inputs, ...operands, simd, ...opcodes[lane.op], localSet, ...localOf(lane)];
  };
  const computes = [...arrays.map(({ result }) => result), squares].flatMap((lane) => (lane ? compute(lane) : []));
  const sums = localOf(new Lane());
  const squared = (half: number[]) => {
    const wide = [localGet, ...localOf(squares!), ...half, simd, 0x5f];
    return [localGet, ...sums, ...wide, ...wide, simd, 0xf2, 1, simd, 0xf0, 1, localSet, ...sums];
  };
  const adds = squares ? [...squared([]), ...squared(upperHalf(localOf(squares)))] : [];
  const total = [0, 1].flatMap((half) => [localGet, ...sums, simd, 0x21, half]);
  const stores = arrays.flatMap(({ result }, i) =>
    result ? [...address(i), localGet, ...localOf(result), simd, 0x0b, aligned, 0] : [],
  );
  // position += 16; repeat while position < bytes, unsigned.
  const again = [...atPosition, 0x41, 16, 0x6a, localTee, ...leb(position), localGet, 0, 0x49, 0x0d, 0];
  const loop = [0x03, 0x40, ...loads, ...computes, ...adds, ...stores, ...again, 0x0b];
  const code = [2, 1, i32, ...leb(locals.size), v128, ...before, ...loop, ...total, 0xa0, 0x0b];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, ...leb(parameters.length), ...parameters, 1, f64]),
    ...section(2, [1, ...text('env'), ...text('memory'), 2, 0, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text('run'), 0, 0]),
    ...section(10, [1, ...leb(code.length), ...code]),
  ]);
}

/** Brings the upper two lanes of the vector on the stack down. A shuffle takes two vectors; the second is not used. */
const upperHalf = (second: number[]): number[] => [
  ...[localGet, ...second, simd, 0x0d],
  ...Array.from({ length: 16 }, (_, i) => (i + 8) % 16),
];

/** LEB128 of a whole number, as WebAssembly writes them. */
const leb = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]);
const section = (id: number, content: number[]) => [id, ...leb(content.length), ...content];
const text = (name: string) => [name.length, ...new TextEncoder().encode(name)];
