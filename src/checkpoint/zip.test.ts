import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { zipMembers } from './zip.ts';

const read = (bytes: Uint8Array) => async (offset: number, length: number) => bytes.slice(offset, offset + length);
const members = (bytes: Uint8Array) => zipMembers('a.pt', bytes.length, read(bytes));

const record = (signature: number, ...fields: [size: 2 | 4 | 8, value: number][]): Buffer =>
  Buffer.concat(
    [[4, signature] as const, ...fields].map(([size, value]) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(BigInt(value));
      return bytes.subarray(0, size);
    }),
  );

/** One stored member 'x' whose sizes and places stand in the long fields only, as in archives above 4 GiB. */
function longArchive(data: string): Buffer {
  const name = Buffer.from('x');
  const half = 0xffff;
  const full = 0xffffffff;
  const local = record(0x04034b50, [2, 45], [2, 0], [2, 0], [4, 0], [4, 0], [4, full], [4, full], [2, 1], [2, 0]);
  const extra = record(0, [8, data.length], [8, data.length], [8, 0]).subarray(4);
  const member = record(
    0x02014b50,
    ...([
      [2, 45],
      [2, 45],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, 0],
      [4, full],
      [4, full],
    ] as [2 | 4, number][]),
    ...([
      [2, 1],
      [2, extra.length + 4],
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, full],
    ] as [2 | 4, number][]),
  );
  const table = Buffer.concat([member, name, record(1 | (extra.length << 16)), extra]);
  const body = Buffer.concat([local, name, Buffer.from(data)]);
  const end64 = record(
    0x06064b50,
    [8, 44],
    [2, 45],
    [2, 45],
    [4, 0],
    [4, 0],
    [8, 1],
    [8, 1],
    [8, table.length],
    [8, body.length],
  );
  const locator = record(0x07064b50, [4, 0], [8, body.length + table.length], [4, 1]);
  const end = record(0x06054b50, [2, half], [2, half], [2, half], [2, half], [4, full], [4, full], [2, 0]);
  return Buffer.concat([body, table, end64, locator, end]);
}

describe('zipMembers', () => {
  it('finds stored members in an archive of another writer', async () => {
    const bytes = zipSync({ 'a/b': Buffer.from('first'), c: Buffer.from('second') }, { level: 0 });
    const found = await members(bytes);
    const text = (name: string) => {
      const { offset, byteLength } = found.get(name) ?? { offset: 0, byteLength: 0 };
      return Buffer.from(bytes.subarray(offset, offset + byteLength)).toString();
    };
    expect([...found.keys()]).toEqual(['a/b', 'c']);
    expect([text('a/b'), text('c')]).toEqual(['first', 'second']);
  });

  it('reads long sizes', async () => {
    const bytes = longArchive('hello');
    const { offset, byteLength } = (await members(bytes)).get('x') ?? { offset: 0, byteLength: 0 };
    expect(bytes.subarray(offset, offset + byteLength).toString()).toBe('hello');
  });

  it('accepts a comment behind the end', async () => {
    const bytes = Buffer.from(zipSync({ c: Buffer.from('x') }, { level: 0, comment: 'made by hand' }));
    expect((await members(bytes)).size).toBe(1);
  });

  const good = Buffer.from(zipSync({ c: Buffer.from('text') }, { level: 0 }));
  const central = good.indexOf('PK\x01\x02');
  const changed = (at: number, value: number) => {
    const bytes = Buffer.from(good);
    bytes[at] = value;
    return bytes;
  };
  it.each([
    ['that is cut off', good.subarray(0, -4), 'the archive has no end'],
    ['whose table is broken', changed(central, 0), 'its table of contents is broken'],
    ['whose table lies outside', changed(good.length - 4, 0xff), 'its table of contents lies outside the file'],
    ['whose member is elsewhere', changed(central + 42, 1), "'c' is not where the archive says"],
    ['whose member is too long', changed(central + 21, 9), "'c' ends outside the file"],
    ['that is encrypted', changed(central + 8, 1), "'c' is encrypted; decrypt it first"],
    ['that is compressed', changed(central + 10, 8), "'c' is compressed"],
  ])('refuses an archive %s', async (_, bytes, fault) => {
    await expect(members(bytes)).rejects.toThrow(`a.pt: ${fault}`);
  });
});
