/**
 * Element-wise loops over float32 arrays, as WebAssembly SIMD.
 *
 * What training does beside its graph (optimiser, averages, sums of gradients) touches every parameter at every step. A
 * plain JavaScript loop computes in float64 one element at a time: AdamW over 5 M parameters takes 24 to 30 ms, and 31
 * to 60 ms as a graph of element-wise ONNX operators; four lanes of float32 at a time take 12 ms, most of it memory.
 * Arrays may be larger than a WebAssembly memory, so they pass through it in pieces that stay in the cache.
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

/** Runs a loop over elements `start` to `end` of arrays of one layout, in place. */
export type Loop<A extends string, S extends string> = (
  arrays: Record<A, Float32Array>,
  scalars: Record<S, number>,
  start?: number,
  end?: number,
) => void;

/** Floats of one piece of an array: five arrays of pieces fill 80 kB. */
const piece = 4096;
/**
 * Bytes from one array's piece to the next, and where the first begins. Not multiples of 4096: processors take a load and
 * a store whose addresses agree in the last 12 bits for the same place, and copies run at a fifth of their speed.
 */
const stride = 4 * piece + 320;
const base = 672;

/** Compiles `formula`: lanes of the arrays and scalars by name → lanes of the arrays that it changes. */
export function compileLoop<A extends string, S extends string>(
  arrays: readonly A[],
  scalars: readonly S[],
  formula: (x: Record<A | S, Lane>) => Partial<Record<A, Lane>>,
): Loop<A, S> {
  const leaves = Object.fromEntries([...arrays, ...scalars].map((name) => [name, new Lane()])) as Record<A | S, Lane>;
  const results = formula(leaves);
  const bytes = moduleBytes(
    arrays.map((name) => ({ lane: leaves[name], result: results[name] })),
    scalars.map((name) => leaves[name]),
  );
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const memory = new Float32Array((exports.memory as WebAssembly.Memory).buffer);
  const run = exports.run as (bytes: number, ...scalars: number[]) => void;
  const places = arrays.map((name, i) => ({ name, at: (base + i * stride) / 4, changes: name in results }));

  return (data, values, start = 0, end = data[arrays[0]].length) => {
    const factors = scalars.map((name) => values[name]);
    for (let from = start; from < end; from += piece) {
      const length = Math.min(piece, end - from);
      for (const { name, at } of places) memory.set(data[name].subarray(from, from + length), at);
      run(4 * length, ...factors);
      for (const { name, at, changes } of places) if (changes) data[name].set(memory.subarray(at, at + length), from);
    }
  };
}

const simd = 0xfd;
const [i32, f32, v128] = [0x7f, 0x7d, 0x7b];
const [localGet, localSet, localTee] = [0x20, 0x21, 0x22];
/** log2 of the alignment that loads and stores declare. */
const aligned = 4;

/** The loop as a WebAssembly module: `run(bytes, ...scalars)` over the pieces in its `memory`. */
function moduleBytes(
  arrays: readonly { lane: Lane; result: Lane | undefined }[],
  scalars: readonly Lane[],
): Uint8Array<ArrayBuffer> {
  // Locals: the byte count and the scalars (parameters), the position, then one vector for each lane of the formula.
  const position = 1 + scalars.length;
  const locals = new Map<Lane, number>();
  const localOf = (lane: Lane) => {
    if (!locals.has(lane)) locals.set(lane, position + 1 + locals.size);
    return leb(locals.get(lane)!);
  };
  const before = scalars.flatMap((lane, i) => [localGet, ...leb(1 + i), simd, 0x13, localSet, ...localOf(lane)]);
  const address = (i: number) => [aligned, ...leb(base + i * stride)];
  const atPosition = [localGet, ...leb(position)];
  const loads = arrays.flatMap(({ lane }, i) => [...atPosition, simd, 0x00, ...address(i), localSet, ...localOf(lane)]);
  const compute = (lane: Lane): number[] => {
    if (!lane.op || locals.has(lane)) return [];
    const inputs = lane.inputs.flatMap(compute);
    const operands = lane.inputs.flatMap((input) => [localGet, ...localOf(input)]);
    return [...inputs, ...operands, simd, ...opcodes[lane.op], localSet, ...localOf(lane)];
  };
  const computes = arrays.flatMap(({ result }) => (result ? compute(result) : []));
  const stores = arrays.flatMap(({ result }, i) =>
    result ? [...atPosition, localGet, ...localOf(result), simd, 0x0b, ...address(i)] : [],
  );
  // position += 16; repeat while position < bytes, unsigned.
  const again = [...atPosition, 0x41, 16, 0x6a, localTee, ...leb(position), localGet, 0, 0x49, 0x0d, 0];
  const loop = [0x03, 0x40, ...loads, ...computes, ...stores, ...again, 0x0b];
  const code = [2, 1, i32, ...leb(locals.size), v128, ...before, ...loop, 0x0b];
  const pages = Math.ceil((base + arrays.length * stride) / 65536);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, ...leb(1 + scalars.length), i32, ...scalars.map(() => f32), 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, ...leb(pages)]),
    ...section(7, [2, ...text('memory'), 2, 0, ...text('run'), 0, 0]),
    ...section(10, [1, ...leb(code.length), ...code]),
  ]);
}

/** LEB128 of a whole number, as WebAssembly writes them. */
const leb = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]);
const section = (id: number, content: number[]) => [id, ...leb(content.length), ...content];
const text = (name: string) => [name.length, ...new TextEncoder().encode(name)];
