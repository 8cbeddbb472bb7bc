/**
 * The table of contents of a zip archive whose members are stored as they are, so that each is a byte range of the file.
 * Layout: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3 and 4.5.3 (sizes above 4 GiB).
 */
import { CheckpointError } from '../core/errors.ts';

export interface Range {
  readonly offset: number;
  readonly byteLength: number;
}

/** Up to `length` bytes from `offset`. */
export type ReadBytes = (offset: number, length: number) => Promise<Uint8Array>;

const endSignature = 0x06054b50;
const end64Signature = 0x06064b50;
const locatorSignature = 0x07064b50;
const memberSignature = 0x02014b50;
const localSignature = 0x04034b50;

/** The end record and the longest comment behind it. */
const longestEnd = 22 + 65535;
/** A hundred bytes a member: a million members. */
const largestTable = 100_000_000;
const full = 0xffffffff;

/**
 * Member names to byte ranges of the archive.
 * @throws CheckpointError for a damaged archive, and for compressed or encrypted members.
 */
export async function zipMembers(path: string, size: number, read: ReadBytes): Promise<Map<string, Range>> {
  const fault = (text: string, remedy = 'the file is damaged, get it again') =>
    new CheckpointError(`${path}: ${text}; ${remedy}`);
  const table = await readTable(size, read, fault);
  const members = new Map<string, Range>();
  const text = new TextDecoder();
  for (let at = 0; at < table.byteLength; ) {
    if (at + 46 > table.byteLength || table.getUint32(at, true) !== memberSignature)
      throw fault('its table of contents is broken');
    const nameLength = table.getUint16(at + 28, true);
    const extraLength = table.getUint16(at + 30, true);
    const next = at + 46 + nameLength + extraLength + table.getUint16(at + 32, true);
    if (next > table.byteLength) throw fault('its table of contents is broken');
    const name = text.decode(new Uint8Array(table.buffer, table.byteOffset + at + 46, nameLength));
    if (members.has(name)) throw fault(`it holds '${name}' twice`);
    if (table.getUint16(at + 8, true) & 1) throw fault(`'${name}' is encrypted`, 'decrypt it first');
    if (table.getUint16(at + 10, true) !== 0)
      throw fault(`'${name}' is compressed`, 'PyTorch stores tensors as they are: save it again with torch.save');
    const [length, start] = sizes(table, at, at + 46 + nameLength, extraLength);
    members.set(name, await dataRange(name, start, length, size, read, fault));
    at = next;
  }
  return members;
}

type Fault = (text: string, remedy?: string) => CheckpointError;

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

async function readTable(size: number, read: ReadBytes, fault: Fault): Promise<DataView> {
  const tailStart = Math.max(0, size - longestEnd);
  const tail = viewOf(await read(tailStart, size - tailStart));
  let at = tail.byteLength - 22;
  while (at >= 0 && tail.getUint32(at, true) !== endSignature) at--;
  if (at < 0) throw fault('the archive has no end: it is cut off');
  let length = tail.getUint32(at + 12, true);
  let start = tail.getUint32(at + 16, true);
  if (at >= 20 && tail.getUint32(at - 20, true) === locatorSignature) {
    const end64 = viewOf(await read(Number(tail.getBigUint64(at - 12, true)), 56));
    if (end64.byteLength < 56 || end64.getUint32(0, true) !== end64Signature) throw fault('its end record is broken');
    length = Number(end64.getBigUint64(40, true));
    start = Number(end64.getBigUint64(48, true));
  }
  if (length > largestTable || start + length > size) throw fault('its table of contents lies outside the file');
  return viewOf(await read(start, length));
}

/** The stored length and the start of the local header, from the long fields where the short ones are full. */
function sizes(table: DataView, at: number, extra: number, extraLength: number): [length: number, start: number] {
  const fields = [table.getUint32(at + 24, true), table.getUint32(at + 20, true), table.getUint32(at + 42, true)];
  for (let field = extra; field + 4 <= extra + extraLength; field += 4 + table.getUint16(field + 2, true)) {
    if (table.getUint16(field, true) !== 1) continue;
    let value = field + 4;
    // Only the full fields have a long form, in this order: size, stored size, start.
    for (let i = 0; i < fields.length; i++)
      if (fields[i] === full && value + 8 <= table.byteLength) {
        fields[i] = Number(table.getBigUint64(value, true));
        value += 8;
      }
  }
  return [fields[1], fields[2]];
}

/** The local header repeats the name and has extra fields of its own length, which PyTorch pads to align the data. */
async function dataRange(
  name: string,
  start: number,
  byteLength: number,
  size: number,
  read: ReadBytes,
  fault: Fault,
): Promise<Range> {
  const header = start + 30 <= size ? viewOf(await read(start, 30)) : undefined;
  if (header?.getUint32(0, true) !== localSignature) throw fault(`'${name}' is not where the archive says`);
  const offset = start + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  if (offset + byteLength > size) throw fault(`'${name}' ends outside the file`);
  return { offset, byteLength };
}
