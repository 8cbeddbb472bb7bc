/** For tests: folders of small files, tar archives, and what a reader made of them. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import type { CaptionReader } from './report.ts';

/** A folder for each test; `at` gives paths in it, `write` makes files. */
export function testFolder() {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sightread-read-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const at = (name: string) => join(folder, name);
  return {
    at,
    async write(contents: Record<string, string | Uint8Array>) {
      for (const [name, content] of Object.entries(contents)) {
        await mkdir(dirname(at(name)), { recursive: true });
        await writeFile(at(name), content);
      }
    },
  };
}

/** Rows as "id: caption / caption", and what was left out as "where: fault". */
export async function all(reader: CaptionReader) {
  const rows: string[] = [];
  for await (const { id, captions } of reader) rows.push(`${id}: ${captions.join(' / ')}`);
  expect(reader.report.rows).toBe(rows.length);
  return { rows, bad: reader.report.bad.map(({ where, fault }) => `${where}: ${fault}`) };
}

/** An archive of these files; a name of more than 100 bytes is kept as GNU tar does. */
export function tarOf(files: readonly [name: string, content: string | Uint8Array][]): Buffer {
  const parts = files.flatMap(([name, content]) => {
    const long = Buffer.byteLength(name) > 100 ? tarEntry('././@LongLink', `${name}\0`, 'L') : [];
    return [...long, ...tarEntry(name, content)];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

/** Header and padded content. */
export function tarEntry(name: string, content: string | Uint8Array, kind = '0'): Buffer[] {
  const bytes = Buffer.from(content);
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write('0000644\0', 100);
  header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write(' '.repeat(8), 148);
  header.write(kind, 156);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
}
