/** The new set once more as one file in the form of COCO's captions, written as a stream. Node only. */
import { createReadStream, createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { files } from './new-set.ts';

export const cocoFile = 'coco.json';

interface Row {
  file_name: string;
  text: string;
}

/** Writes `coco.json` beside the captions that a folder holds. */
export async function writeCoco(folder: string): Promise<void> {
  const path = join(folder, cocoFile);
  await pipeline(Readable.from(cocoParts(join(folder, files.captions))), createWriteStream(`${path}.writing`));
  await rename(`${path}.writing`, path);
}

/** COCO lists all pictures before all captions, so the lines are read twice. */
async function* cocoParts(captions: string): AsyncGenerator<string> {
  yield '{"images":[';
  let last = 0;
  for await (const { id, row } of numbered(captions)) {
    if (id === last) continue;
    yield `${last === 0 ? '' : ','}\n${JSON.stringify({ id, file_name: row.file_name })}`;
    last = id;
  }
  yield '\n],"annotations":[';
  let number = 0;
  for await (const { id, row } of numbered(captions))
    yield `${number === 0 ? '' : ','}\n${JSON.stringify({ id: ++number, image_id: id, caption: row.text })}`;
  yield '\n]}\n';
}

/** Lines with the number of their picture, from 1; those of one picture follow each other. */
async function* numbered(captions: string): AsyncGenerator<{ id: number; row: Row }> {
  let [id, name] = [0, ''];
  for await (const line of createInterface({ input: createReadStream(captions, 'utf8') })) {
    const row = JSON.parse(line) as Row;
    if (row.file_name !== name) [id, name] = [id + 1, row.file_name];
    yield { id, row };
  }
}
