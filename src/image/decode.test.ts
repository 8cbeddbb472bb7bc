import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError } from '../core/errors.ts';
import { decodeFrames, decodeImage, encodePng, imageProcessor, type Pixels, pixels } from './index.ts';

const goldens = fileURLToPath(new URL('../../test/goldens/images/', import.meta.url));
const gradient = join(goldens, 'gradient-rgb.png');
const folder = mkdtempSync(join(tmpdir(), 'sightread-image-'));
afterAll(() => rmSync(folder, { recursive: true }));

function save(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const cut = (file: string, bytes: number) => readFileSync(join(goldens, file)).subarray(0, bytes);

/** A PNG whose header promises so many pixels and that holds none of them. */
function hugePng(side: number): Buffer {
  const png = Buffer.from(readFileSync(join(goldens, 'one-1x1.png')));
  png.writeUInt32BE(side, 16);
  png.writeUInt32BE(side, 20);
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
  return png;
}

describe('sources', () => {
  let expected: Pixels;
  const bytes = readFileSync(gradient);
  beforeAll(async () => {
    expected = await decodeImage(gradient);
  });

  test.each([
    ['a file: URL', pathToFileURL(gradient)],
    ['a file: URL as text', pathToFileURL(gradient).href],
    ['a data: URL', `data:image/png;base64,${bytes.toString('base64')}`],
    ['a Buffer', bytes],
    ['a Uint8Array', new Uint8Array(bytes)],
    ['an ArrayBuffer', new Uint8Array(bytes).buffer],
    ['a Blob', new Blob([bytes])],
  ])('%s', async (_, source) => {
    expect(await decodeImage(source)).toEqual(expected);
  });

  test('raw pixels pass through', async () => {
    expect(await decodeImage(expected)).toEqual(expected);
    await expect(decodeImage({ ...expected, width: 3 })).rejects.toThrow(/do not fill 3 × 48/);
  });

  test('an http: URL, found, not found or broken off', async () => {
    const server = createServer(({ url }, response) => {
      if (url === '/half.png') {
        response.setHeader('content-length', bytes.length + 1);
        response.write(bytes, () => response.socket?.destroy());
      } else {
        response.statusCode = url === '/cat.png' ? 200 : 404;
        response.end(bytes);
      }
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    try {
      expect(await decodeImage(`${origin}/cat.png`)).toEqual(expected);
      await expect(decodeImage(`${origin}/dog.png`)).rejects.toThrow(/dog\.png: the server answered 404 Not Found/);
      await expect(decodeImage(`${origin}/half.png`)).rejects.toThrow(/half\.png: cannot be fetched/);
    } finally {
      server.close();
    }
  });

  test('what encodePng writes, decodeImage reads', async () => {
    expect(await decodeImage(await encodePng(expected))).toEqual(expected);
  });

  test('decoding and processing in one line', async () => {
    const processor = imageProcessor({ image_processor_type: 'BlipImageProcessor' });
    expect(processor(await decodeImage(gradient)).shape).toEqual([3, 384, 384]);
  });

  test('a drawing is drawn on white', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="3" height="2"><rect width="1" height="2" fill="red"/></svg>';
    const { width, height, data } = await decodeImage(Buffer.from(svg));
    expect([width, height]).toEqual([3, 2]);
    expect([...data.subarray(0, 9)]).toEqual([255, 0, 0, 255, 255, 255, 255, 255, 255]);
  });
});

describe('bad input is refused in one line that names it', () => {
  const html = '<!DOCTYPE html>\n<html><body><svg></svg>Please log in</body></html>';
  const lfs = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n';

  test.each<[string, () => string, RegExp]>([
    ['missing path', () => join(folder, 'missing.png'), /missing\.png: no such file/],
    ['folder', () => folder, /is a folder, not a picture/],
    ['path through a file', () => join(gradient, 'x.png'), /a part of the path is a file/],
    ['empty file', () => save('empty.jpg', ''), /empty\.jpg: is empty/],
    ['HTML', () => save('page.jpg', html), /page\.jpg: is an HTML page, not a picture; download/],
    ['Git-LFS pointer', () => save('lfs.png', lfs), /lfs\.png: is a Git-LFS pointer.*git lfs pull/],
    ['PDF', () => save('paper.png', '%PDF-1.7\n'), /paper\.png: is a PDF document; export/],
    ['BMP', () => save('old.bmp', 'BM\0\0'), /old\.bmp: is a BMP picture/],
    ['video', () => save('clip.mp4', '\0\0\0\x20ftypisom'), /clip\.mp4: is a video; extract frames/],
    ['HEIC', () => save('phone.heic', '\0\0\0\x18ftypheic'), /phone\.heic: is a HEIC photo/],
    ['JSON', () => save('error.png', '{"error": "denied"}'), /error\.png: is JSON text/],
    ['text', () => save('note.png', 'hello'), /note\.png: is not a picture in a known format/],
    [
      'broken SVG',
      () => save('broken.svg', '<svg><g></svg>'),
      /broken\.svg: is damaged or cut off \(glib: XML parse error/,
    ],
    [
      'JPEG cut in its data',
      () => save('cut.jpg', cut('photo-444.jpg', 4000)),
      /cut\.jpg: is damaged or cut off \(VipsJpeg: premature end/,
    ],
    [
      'JPEG cut in its header',
      () => save('head.jpg', cut('photo-444.jpg', 150)),
      /head\.jpg: is damaged or cut off \(VipsJpeg: premature end/,
    ],
    ['PNG cut short', () => save('cut.png', cut('rgba.png', 9000)), /cut\.png: is damaged or cut off \(.*png/],
    [
      'WebP cut short',
      () => save('cut.webp', cut('photo-lossless.webp', 9000)),
      /cut\.webp: is damaged or cut off \(webp/,
    ],
    ['GIF cut short', () => save('cut.gif', cut('animated.gif', 5000)), /cut\.gif: is damaged or cut off \(gif/],
    ['64,000 × 64,000', () => save('huge.png', hugePng(64_000)), /huge\.png: 64000 × 64000 is more than the limit/],
    ['unknown scheme', () => 'ftp://example.org/cat.png', /cat\.png: this kind of address is not supported/],
    ['address without a server', () => 'http://127.0.0.1:1/cat.png', /cat\.png: cannot be fetched/],
    ['malformed data URL', () => 'data:nothing', /data URL \(data:nothing…\): cannot be fetched/],
  ])('%s', async (_, path, message) => {
    const error = await decodeImage(path()).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(message);
    expect(error.message).not.toMatch(/\n/);
  });

  test('the limit can be lowered, and a nameless source can be named', async () => {
    const decoding = decodeImage(readFileSync(gradient), { maxPixels: 3071, name: 'standard input' });
    await expect(decoding).rejects.toThrow('standard input: 64 × 48 is more than the limit of 3071 pixels');
    await expect(decodeImage(readFileSync(gradient), { maxPixels: 3072 })).resolves.toBeDefined();
  });

  test('an aborted signal stops the work with its own reason', async () => {
    await expect(decodeImage(gradient, { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
  });
});

describe('frames', () => {
  const reds = (frames: Pixels[]) => frames.map(({ data }) => data[0]);
  // Vitest compares long arrays element by element, which takes seconds here.
  const digests = (frames: Pixels[]) => frames.map(({ data }) => createHash('sha256').update(data).digest('hex'));

  test('an animation: all frames, evenly spaced ones, chosen ones', async () => {
    const clip = join(goldens, 'animated.gif');
    const all = digests(await decodeFrames(clip));
    expect(all).toHaveLength(3);
    expect(new Set(all).size).toBe(3);
    expect(digests([await decodeImage(clip)])).toEqual([all[0]]);
    expect(digests(await decodeFrames(clip, { count: 6 }))).toEqual([all[0], all[0], all[1], all[1], all[2], all[2]]);
    expect(digests(await decodeFrames(clip, { count: 1 }))).toEqual([all[1]]);
    expect(digests(await decodeFrames(clip, { frames: [2, 0] }))).toEqual([all[2], all[0]]);
  });

  test('a folder of pictures, in the order of their numbers', async () => {
    const clip = mkdtempSync(join(folder, 'clip-'));
    for (const [name, level] of Object.entries({ '10.png': 10, '2.png': 2, '1.png': 1 }))
      writeFileSync(join(clip, name), await encodePng(pixels(1, 1, new Uint8Array(3).fill(level))));
    writeFileSync(join(clip, 'notes.txt'), 'not a frame');
    expect(reds(await decodeFrames(clip))).toEqual([1, 2, 10]);
    expect(reds(await decodeFrames(clip, { count: 2 }))).toEqual([1, 10]);
  });

  test('an animated WebP', async () => {
    const strip = Buffer.from([1, 1, 1, 2, 2, 2]);
    const raw = { width: 1, height: 2, channels: 3, pageHeight: 1 } as const;
    const webp = await sharp(strip, { raw })
      .webp({ lossless: true, loop: 0, delay: [50, 50] })
      .toBuffer();
    expect(reds(await decodeFrames(webp))).toEqual([1, 2]);
  });

  test('a still picture repeats', async () => {
    const still = await decodeImage(gradient);
    expect(digests(await decodeFrames(gradient, { count: 2 }))).toEqual(digests([still, still]));
    expect(await decodeFrames(still, { count: 2 })).toHaveLength(2);
  });

  test.each([
    [{ frames: [3] }, /animated\.gif: has no frame 3; choose among 0 to 2/],
    [{ count: 0 }, /animated\.gif: cannot choose 0 frames/],
    [{ maxPixels: 20_000 }, /animated\.gif: 3 frames together are more than the limit/],
  ])('%j is refused', async (options, message) => {
    await expect(decodeFrames(join(goldens, 'animated.gif'), options)).rejects.toThrow(message);
  });

  test('a folder without pictures is refused', async () => {
    await expect(decodeFrames(mkdtempSync(join(folder, 'none-')))).rejects.toThrow(/has no pictures in it/);
  });
});
