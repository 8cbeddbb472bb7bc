/**
 * The safetensors header (https://github.com/huggingface/safetensors#format): eight bytes of length, a JSON object of
 * dtype, shape and span per tensor, then the numbers. Everything is checked against the file's size before a tensor is
 * touched, because the spans become memory-mapped ranges that nothing checks later.
 */
import { type DType, dtypes } from '../core/array.ts';
import { CheckpointError, reason } from '../core/errors.ts';
import type { TensorEntry } from './checkpoint.ts';
import { inspectFile, withFile } from './files.ts';
import { duplicateKey } from './json-keys.ts';
import { foreign, recognise, recognisedBytes } from './recognise.ts';

/** The format's own limit. */
const largestHeader = 100_000_000;

export const safetensorsTypes = {
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  F64: 'float64',
  I64: 'int64',
  I32: 'int32',
  I8: 'int8',
  U8: 'uint8',
  BOOL: 'bool',
} as const satisfies Record<string, DType>;

export interface SafetensorsHeader {
  readonly entries: Map<string, TensorEntry>;
  readonly metadata: Record<string, string>;
}

/** Reads and checks a file's header; throws a CheckpointError that names the file, the fault and the remedy. */
export async function readSafetensors(path: string): Promise<SafetensorsHeader> {
  const { file, size } = await inspectFile(path);
  return withFile(file, size, async (read) => {
    const length = headerLength(await read(0, recognisedBytes), size, path);
    return parseHeader(await read(8, length), { path, file, size });
  });
}

/** The length of the JSON text, from the first bytes of a file of `size` bytes. */
export function headerLength(start: Uint8Array, size: number, path: string): number {
  const kind = recognise(start);
  if (kind === 'zip' || kind === 'pickle')
    throw new CheckpointError(`${path}: is a PyTorch file (${kind}), not safetensors; rename it to end in .bin or .pt`);
  const other = foreign(start);
  if (other) throw new CheckpointError(`${path}: ${other}`);
  if (size < 8)
    throw new CheckpointError(`${path}: has ${size} bytes, too few for a safetensors file; download it again`);
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  if (length > BigInt(largestHeader))
    throw new CheckpointError(
      `${path}: is not a safetensors file, or is damaged: its header would have ${length} bytes (limit 100 MB); download it again`,
    );
  if (Number(length) > size - 8)
    throw new CheckpointError(
      `${path}: is cut off: the header needs ${length} bytes and ${size - 8} are left; download it again`,
    );
  return Number(length);
}

/** The tensors that a header describes, each checked against the others and against the file's size. */
export function parseHeader(
  bytes: Uint8Array,
  { path, file, size }: { path: string; file: string; size: number },
): SafetensorsHeader {
  const fault: Fault = (text, remedy = 'the file is damaged, get it again') =>
    new CheckpointError(`${path}: ${text}; ${remedy}`);
  const header = parseObject(bytes, fault);
  const dataStart = 8 + bytes.length;
  const entries = new Map<string, TensorEntry>();
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const { dtype, shape, span } = parseTensor(name, value, fault);
    entries.set(name, { name, dtype, shape, file, offset: dataStart + span[0], byteLength: span[1] - span[0] });
  }
  checkCover(entries, dataStart, size, fault);
  return { entries, metadata: parseMetadata(header.__metadata__, fault) };
}

type Fault = (text: string, remedy?: string) => CheckpointError;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function parseObject(bytes: Uint8Array, fault: Fault): Record<string, unknown> {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (error) {
    throw fault(`the header is not JSON (${reason(error).slice(0, 120)})`);
  }
  if (!isObject(value)) throw fault('the header is not a JSON object');
  const twice = duplicateKey(text);
  if (twice !== undefined) throw fault(`the header names '${twice}' twice`);
  return value;
}

function parseMetadata(value: unknown, fault: Fault): Record<string, string> {
  if (value === undefined) return {};
  if (!isObject(value) || !Object.values(value).every((item) => typeof item === 'string'))
    throw fault('__metadata__ is not an object of strings');
  return value as Record<string, string>;
}

function parseTensor(name: string, value: unknown, fault: Fault) {
  if (!isObject(value)) throw fault(`tensor '${name}' is not described by an object`);
  const { dtype: published, shape, data_offsets: span } = value;
  if (typeof published !== 'string') throw fault(`tensor '${name}' has no dtype`);
  if (!Object.hasOwn(safetensorsTypes, published))
    throw fault(
      `tensor '${name}' has dtype ${published}`,
      `only ${Object.keys(safetensorsTypes).join(', ')} are read: convert it first`,
    );
  if (!Array.isArray(shape) || !shape.every(isCount)) throw fault(`tensor '${name}' has no valid shape`);
  if (!Array.isArray(span) || span.length !== 2 || !span.every(isCount) || span[0] > span[1])
    throw fault(`tensor '${name}' has no valid data_offsets`);
  const dtype = safetensorsTypes[published as keyof typeof safetensorsTypes];
  const needed = shape.reduce((product, count) => product * count, dtypes[dtype].bytes);
  if (needed !== span[1] - span[0])
    throw fault(
      `tensor '${name}' spans ${span[1] - span[0]} bytes, but ${published} [${shape.join(', ')}] needs ${needed}`,
    );
  return { dtype, shape: shape as number[], span: span as [number, number] };
}

/** The spans must follow one another from the end of the header to the end of the file. */
function checkCover(entries: ReadonlyMap<string, TensorEntry>, dataStart: number, size: number, fault: Fault): void {
  const inOrder = [...entries.values()].sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength);
  let end = dataStart;
  let before = 'the header';
  for (const { name, offset, byteLength } of inOrder) {
    if (offset < end) throw fault(`tensors '${before}' and '${name}' overlap`);
    if (offset > end) throw fault(`there is a hole of ${offset - end} bytes before tensor '${name}'`);
    end = offset + byteLength;
    before = name;
  }
  if (end > size) throw fault(`the tensors need ${end} bytes and the file has ${size}: it is cut off`);
  if (end < size) throw fault(`${size - end} bytes after the last tensor belong to nothing`);
}
