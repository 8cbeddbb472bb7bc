/** `sightread regions`: what a detector finds in each picture, printed, written and drawn. */
import { existsSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, UsageError } from '../../core/errors.ts';
import {
  checkNames,
  type DetectOptions,
  describeRegions,
  drawRegions,
  fileNameOf,
  openDetector,
  writeFound,
  writeResult,
} from '../../models/regions/index.ts';
import type { RegionsFlags } from '../commands/regions.ts';
import { loading } from '../model.ts';
import { counted } from '../numbers.ts';
import { findPictures, type Picture } from '../pictures.ts';
import { bar, share } from '../progress.ts';
import { describe } from '../report.ts';
import type { Session } from '../session.ts';

export async function regions(given: readonly string[], flags: RegionsFlags, session: Session): Promise<void> {
  const { model, out, draw, threshold, min, max, json, choose, revision, offline, threads } = flags;
  if (min > max) throw new UsageError(`--min ${min} is more than --max ${max}; raise one or lower the other`);
  const pictures = await findPictures(given, session, flags);
  if (out || (draw && pictures.length > 1)) checkNames(pictures.map(({ name }) => name));
  await prepare(out, pictures.length > 1 ? draw : undefined);
  const nameOf = namesOf(pictures);
  await using detector = await loading(session, (options) =>
    openDetector(model, { choosing: choose, revision, offline, threads, ...options }),
  );
  await describe(pictures, session, {
    batch: 1,
    json,
    named: pictures.length > 1,
    done: 'found regions of',
    work: async ([picture]) => {
      const name = nameOf.get(picture) as string;
      const found = await detector
        .detect(picture, { threshold, min, max, ...watching(session) })
        .catch((error: unknown) => {
          throw named(error, name);
        });
      const all = describeRegions(found);
      const file = out && (await writeFound(out, name, found, detector.id));
      if (draw) {
        const place = pictures.length > 1 ? join(draw, `${fileNameOf(name)}.png`) : draw;
        await writeResult(place, await drawRegions(picture, found));
      }
      const words = all.slice(0, 8).map(({ label, confidence }) => `${label} ${confidence.toFixed(2)}`);
      const rest = all.length > words.length ? `, and ${all.length - words.length} less sure` : '';
      const text = `${counted(all.length, 'region')}: ${words.join(', ')}${rest}`;
      const { width, height } = found;
      return [{ text, fields: { width, height, regions: all, ...(file && { file }), model: detector.id } }];
    },
  });
}

/** Folders must be there before the work begins, not fail after it. */
async function prepare(...folders: readonly (string | undefined)[]): Promise<void> {
  for (const folder of folders) {
    if (!folder) continue;
    if (existsSync(folder) && !statSync(folder).isDirectory())
      throw new UsageError(`${folder}: is a file; several pictures, and features, need a folder`);
    await mkdir(folder, { recursive: true });
  }
}

/** What a detector says of a picture does not know what the picture is called. */
function named(error: unknown, name: string): unknown {
  if (!(error instanceof InputError) || error.message.startsWith(`${name}: `)) return error;
  return new InputError(`${name}: ${error.message}`);
}

const namesOf = (pictures: readonly Picture[]) =>
  new Map(pictures.map(({ name, source }) => [source as unknown, name]));

/** A bar for one picture: a Faster R-CNN takes seconds. */
function watching(session: Session): Pick<DetectOptions, 'signal' | 'onProgress'> {
  const line = bar(session);
  return {
    signal: session.signal,
    onProgress: (done, all) =>
      done < all ? line.show(`${share(done, all)}  ${done} of ${all} regions`) : line.clear(),
  };
}
