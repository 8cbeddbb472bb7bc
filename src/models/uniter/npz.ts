/**
 * NumPy's `.npz`: a zip archive with one array a member, stored or deflated
 * (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
 */
import { inflateRawSync } from 'node:zlib';
import { CheckpointError, type DType, dtypes, type NDArray, ndarray, reason, sizeOf } from '../../core/index.ts';

const endSignature = 0x06054b50;
const memberSignature = 0x02014b50;
const endLength = 22;
const longestComment = 65535;
const deflated = 8;
/** Larger arrays are no features of one picture. */
const largestMember = 1e9;

/** Arrays by name. Throws CheckpointError naming the file for what is damaged, or is no array of numbers. */
export function readNpz(bytes: Uint8Array, path: string): Map<string, NDArray> {
  const fault = (text: string) => new CheckpointError(`${path}: ${text}; get the file again`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const arrays = new Map<string, NDArray>();
    for (const { name, content } of membersOf(view, bytes, fault))
      if (name.endsWith('.npy')) arrays.set(name.slice(0, -4), readNpy(content, `${path}: ${name}`));
    return arrays;
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    throw fault(`is not a whole .npz file (${reason(error)})`);
  }
}

function* membersOf(view: DataView, bytes: Uint8Array, fault: (text: string) => Error) {
  let end = view.byteLength - endLength;
  const first = Math.max(0, end - longestComment);
  while (end >= first && view.getUint32(end, true) !== endSignature) end--;
  if (end < first) throw fault('is not a zip archive');
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (view.getUint32(at, true) !== memberSignature) throw fault('its table of contents is broken');
    const [method, packed, whole] = [
      view.getUint16(at + 10, true),
      view.getUint32(at + 20, true),
      view.getUint32(at + 24, true),
    ];
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
    const local = view.getUint32(at + 42, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    if (whole > largestMember) throw fault(`'${name}' is of ${whole} bytes`);
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const stored = bytes.subarray(start, start + packed);
    const content = method === deflated ? inflateRawSync(stored, { maxOutputLength: Math.max(1, whole) }) : stored;
    if (content.length !== whole) throw fault(`'${name}' is cut short`);
    yield { name, content };
    at += 46 + nameLength + extra + comment;
  }
}

/** NumPy's type codes, little-endian. */
const types: Record<string, DType> = {
  '<f2': 'float16',
  '<f4': 'float32',
  '<f8': 'float64',
  '<i4': 'int32',
  '<i8': 'int64',
  '|i1': 'int8',
  '|u1': 'uint8',
  '|b1': 'bool',
};

/** One array, in C order. Arrays of Python objects, which could run code when read, are refused. */
export function readNpy(bytes: Uint8Array, name: string): NDArray {
  const magic = String.fromCharCode(...bytes.subarray(1, 6));
  if (bytes[0] !== 0x93 || magic !== 'NUMPY') throw new CheckpointError(`${name}: is not an array; get the file again`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = bytes[6] === 1 ? 10 : 12;
  const length = bytes[6] === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const header = new TextDecoder().decode(bytes.subarray(start, start + length));
  const type = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const dtype = type === undefined ? undefined : types[type];
  if (!dtype || /'fortran_order':\s*True/.test(header))
    throw new CheckpointError(`${name}: holds ${type ?? 'objects'}; save it as plain numbers in C order`);
  const shape = (/'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? '')
    .split(',')
    .flatMap((size) => (size.trim() ? [Number(size)] : []));
  const size = sizeOf(shape) * dtypes[dtype].bytes;
  // A copy: the numbers need not lie at a multiple of their size in the archive.
  const data = new Uint8Array(bytes.subarray(start + length, start + length + size));
  if (data.length !== size) throw new CheckpointError(`${name}: is cut short; get the file again`);
  return ndarray(dtype, shape, new dtypes[dtype].array(data.buffer));
}
