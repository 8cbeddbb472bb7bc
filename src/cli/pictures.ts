/** From what was typed to the pictures it stands for: files, patterns, folders, addresses, standard input. */
import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { InputError, UsageError } from '../core/errors.ts';
import type { ImageSource } from '../image/index.ts';
import { inNaturalOrder, isPictureName } from '../image/names.ts';
import type { Session } from './session.ts';

export interface Picture {
  /** As it was typed; for a pattern or a folder, the path of the file found. */
  readonly name: string;
  /** What the model reads, or why there is nothing to read. */
  readonly source: ImageSource | InputError;
}

export interface PictureOptions {
  /** Each argument is one clip: an animation, or a folder of frames. */
  video?: boolean;
  offline?: boolean;
}

/** The pictures in the order of the arguments; those of a pattern or folder in the order of their names. */
export async function findPictures(
  given: readonly string[],
  session: Session,
  options: PictureOptions = {},
): Promise<Picture[]> {
  if (given.filter((name) => name === '-').length > 1)
    throw new UsageError("'-' is given twice; standard input holds one picture");
  const found = await Promise.all(given.map((name) => find(name, session, options)));
  return found.flat();
}

async function find(name: string, session: Session, { video, offline }: PictureOptions): Promise<Picture[]> {
  if (name === '-') return [{ name, source: await readStandardInput(session) }];
  if (/^https?:\/\//i.test(name))
    return [
      { name, source: offline ? fault(name, 'is an address, and --offline is on; save the picture first') : name },
    ];
  if (existsSync(name)) {
    if (video || !statSync(name).isDirectory()) return [{ name, source: name }];
    return inFolder(name);
  }
  return matching(name);
}

async function inFolder(folder: string): Promise<Picture[]> {
  const names = inNaturalOrder((await readdir(folder)).filter(isPictureName));
  if (names.length === 0)
    return [
      {
        name: folder,
        source: fault(
          folder,
          'is a folder without pictures; name their files, or give a pattern such as "folder/**/*.jpg"',
        ),
      },
    ];
  return names.map((name) => join(folder, name)).map((path) => ({ name: path, source: path }));
}

/** A pattern that the shell did not expand, or else the name of a file that is not there. */
async function matching(pattern: string): Promise<Picture[]> {
  const { glob, isDynamicPattern } = await import('tinyglobby');
  if (!isDynamicPattern(pattern)) return [{ name: pattern, source: pattern }];
  const paths = await glob(pattern, { absolute: isAbsolute(pattern), expandDirectories: false });
  if (paths.length === 0)
    return [{ name: pattern, source: fault(pattern, 'no file matches this pattern; check the folder and the ending') }];
  return inNaturalOrder(paths).map((path) => ({ name: path, source: path }));
}

async function readStandardInput({ stdin, signal }: Session): Promise<ImageSource> {
  if (stdin.isTTY)
    throw new UsageError("'-' reads a picture from standard input; send one, as in: sightread caption - < cat.jpg");
  const parts: Uint8Array[] = [];
  for await (const part of untilStopped(stdin, signal)) parts.push(typeof part === 'string' ? Buffer.from(part) : part);
  return new File([Buffer.concat(parts)], 'standard input');
}

/** The items of a stream that may wait for ever. */
async function* untilStopped<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  stopped.catch(() => undefined);
  signal.throwIfAborted();
  const iterator = items[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await Promise.race([iterator.next(), stopped]);
    if (done) return;
    yield value;
  }
}

const fault = (name: string, what: string) => new InputError(`${name}: ${what}`);
