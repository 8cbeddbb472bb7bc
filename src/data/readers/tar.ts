/**
 * Tar archives read entry by entry (POSIX ustar and pax, GNU long names; plain or gzipped): nothing is held but the entry
 * that is asked for. A damaged header costs the entries up to the next good one. Node only.
 */
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';

export interface TarEntry {
  /** Path inside the archive. */
  name: string;
  /** Bytes. */
  size: number;
  /** Where it begins in the archive: what `start` may be to come to it first. */
  offset: number;
  /** The content, shorter than `size` where the archive is cut off. Only until the next entry is asked for. */
  read(): Promise<Uint8Array>;
}

/** Bytes one after another. */
interface ByteSource {
  /** The next `count` bytes, or fewer at the end. */
  read(count: number): Promise<Buffer>;
  skip(count: number): Promise<void>;
  close(): Promise<void>;
}

const block = 512;
/** Of entries whose content is a name or a list of properties: more is damage. */
const longestName = 1 << 20;

/**
 * The files of an archive, in order; folders and links are left out. Calls `onDamage` for every place that cannot be read.
 * Errors of the file system and of the compression are thrown. With `start`, the `offset` of an entry, it comes first; what
 * lies before it is passed over.
 */
export async function* tarEntries(file: string, onDamage: (what: string) => void, start = 0): AsyncGenerator<TarEntry> {
  const source = await openBytes(file);
  try {
    await source.skip(start);
    /** Set by the entry before the one it belongs to. */
    let next: { path?: string; size?: number } = {};
    let damaged = false;
    /** Of the first header that belongs to the entry. */
    let offset = start;
    for (let at = start; ; ) {
      const header = await source.read(block);
      if (header.length === 0) return;
      if (Object.keys(next).length === 0) offset = at;
      at += header.length;
      if (header.length < block) return onDamage(`cut off after ${at} bytes`);
      if (header.every((byte) => byte === 0)) continue;
      if (!checks(header)) {
        if (!damaged)
          onDamage(`no header where one belongs, at byte ${at - block}; the entries up to the next are lost`);
        damaged = true;
        continue;
      }
      damaged = false;
      const kind = String.fromCharCode(header[156]);
      const isFile = '0\x007'.includes(kind);
      const size = (isFile ? next.size : undefined) ?? numberIn(header, 124, 12);
      const padded = Math.ceil(size / block) * block;
      at += padded;
      if (kind === 'L' || kind === 'x') {
        if (size > longestName) return onDamage(`a name of ${size} bytes`);
        const content = (await source.read(padded)).subarray(0, size);
        next = { ...next, ...(kind === 'L' ? { path: stringIn(content, 0, size) } : paxRecords(content)) };
        continue;
      }
      const name = next.path ?? nameIn(header);
      next = {};
      let left = padded;
      if (isFile && !name.endsWith('/'))
        yield {
          name,
          size,
          offset,
          async read() {
            const content = await source.read(size);
            left -= content.length;
            return content;
          },
        };
      await source.skip(left);
    }
  } finally {
    await source.close();
  }
}

/** The sum of a header's bytes, its own field counted as spaces, is written in it. */
function checks(header: Buffer): boolean {
  let sum = 8 * 32;
  for (let i = 0; i < block; i++) if (i < 148 || i >= 156) sum += header[i];
  return sum === numberIn(header, 148, 8);
}

/** Octal digits, or, with the first bit set, a number as GNU tar writes those that need more room. */
function numberIn(header: Buffer, start: number, length: number): number {
  if (header[start] & 0x80) return Number(header.readBigUInt64BE(start + length - 8));
  return Number.parseInt(stringIn(header, start, length).trim() || '0', 8);
}

function stringIn(bytes: Buffer, start: number, length: number): string {
  const field = bytes.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
}

function nameIn(header: Buffer): string {
  // GNU archives ("ustar  ") keep times where POSIX ones keep the first part of the path.
  const prefix = header.toString('latin1', 257, 263) === 'ustar\0' ? stringIn(header, 345, 155) : '';
  return (prefix && `${prefix}/`) + stringIn(header, 0, 100);
}

/** Records such as "27 path=a/very/long/name.jpg\n", of which the length counts the whole record in bytes. */
function paxRecords(content: Buffer): { path?: string; size?: number } {
  const found: { path?: string; size?: number } = {};
  for (let at = 0; at < content.length; ) {
    const length = Number.parseInt(content.toString('latin1', at, at + 20), 10);
    if (!(length > 0)) break;
    const [, key, value] = /^\d+ ([^=]+)=([\s\S]*)\n$/.exec(content.toString('utf8', at, at + length)) ?? [];
    if (key === 'path') found.path = value;
    if (key === 'size') found.size = Number(value);
    at += length;
  }
  return found;
}

async function openBytes(file: string): Promise<ByteSource> {
  const handle = await open(file);
  const magic = await handle.read(Buffer.alloc(2), 0, 2, 0);
  if (magic.buffer.readUInt16BE() !== 0x1f8b) return fromFile(handle);
  await handle.close();
  return fromGzip(file);
}

/** Bytes of one reading: a wait for the disk serves many small entries. */
const stretch = 1 << 20;

/** What is not wanted of a plain file is passed over where it is longer than a stretch. */
function fromFile(handle: FileHandle): ByteSource {
  const buffer = Buffer.allocUnsafe(stretch);
  let [position, from, to] = [0, 0, 0];
  const fill = async (into: Buffer) => {
    const { bytesRead } = await handle.read(into, 0, into.length, position);
    position += bytesRead;
    return bytesRead;
  };
  return {
    async read(count) {
      const bytes = Buffer.allocUnsafe(count);
      let done = 0;
      while (done < count) {
        if (from === to) {
          if (count - done >= stretch) {
            const read = await fill(bytes.subarray(done));
            if (read === 0) break;
            done += read;
            continue;
          }
          [from, to] = [0, await fill(buffer)];
          if (to === 0) break;
        }
        const part = buffer.copy(bytes, done, from, Math.min(to, from + count - done));
        from += part;
        done += part;
      }
      return bytes.subarray(0, done);
    },
    async skip(count) {
      const part = Math.min(count, to - from);
      from += part;
      position += count - part;
    },
    close: () => handle.close(),
  };
}

function fromGzip(file: string): ByteSource {
  const input = createReadStream(file);
  const stream = createGunzip();
  input.once('error', (error) => stream.destroy(error));
  const chunks = input.pipe(stream)[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let rest: Buffer = Buffer.alloc(0);
  const take = async (count: number, use: (part: Buffer) => void) => {
    while (count > 0) {
      if (rest.length === 0) {
        const { done, value } = await chunks.next();
        if (done) return;
        rest = value;
      }
      const part = rest.subarray(0, count);
      rest = rest.subarray(part.length);
      count -= part.length;
      use(part);
    }
  };
  return {
    async read(count) {
      const parts: Buffer[] = [];
      await take(count, (part) => parts.push(part));
      return Buffer.concat(parts);
    },
    skip: (count) => take(count, () => undefined),
    async close() {
      input.destroy();
      stream.destroy();
    },
  };
}
