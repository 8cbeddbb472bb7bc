/**
 * WebDataset: tar shards in which files that share a stem, one after another, are one sample: "000017.jpg" with
 * "000017.txt" or "000017.json". One sample is in memory at a time. Node only.
 */
import { basename } from 'node:path';
import { InputError, reason } from '../../core/errors.ts';
import { type ColumnOptions, captionsOf } from './columns.ts';
import { captionLines } from './folder.ts';
import { isRecord } from './json.ts';
import { type CaptionedImage, type CaptionReader, type Place, type Refuse, rowReader } from './report.ts';
import { shardFiles } from './shards.ts';
import { type TarEntry, tarEntries } from './tar.ts';

/** `captionColumn` names the field of the JSON file, which is then read even where there is a text file. */
export interface WebDatasetOptions extends Pick<ColumnOptions, 'captionColumn'> {}

const pictureEndings = new Set(['jpg', 'jpeg', 'png', 'webp', 'gif', 'bmp', 'tif', 'tiff', 'avif']);
const textEndings = new Set(['txt', 'text', 'caption', 'cap']);
/** No picture is larger; a header that says so is damaged. */
const largest = 512 * 2 ** 20;

/**
 * Reads shards in the order of their names. A damaged shard costs what is damaged of it; a text holds one caption a line.
 * @param pattern a tar file, plain or gzipped, or several as 'web-{00000..00099}.tar' or 'web-*.tar'
 * @throws UsageError when there is no such file
 */
export async function readWebDataset(pattern: string, options: WebDatasetOptions = {}): Promise<CaptionReader> {
  return webDatasetReader(await shardFiles(pattern), options);
}

/** As `readWebDataset`, of shards that are already found. */
export function webDatasetReader(shards: readonly string[], options: WebDatasetOptions = {}): CaptionReader {
  async function* samplesFrom(refuse: Refuse, [first, start]: Place): AsyncGenerator<CaptionedImage> {
    for (let i = first; i < shards.length; i++)
      try {
        for await (const { offset, ...row } of samplesOf(shards[i], i === first ? start : 0, options, refuse))
          yield { ...row, at: [i, offset] };
      } catch (error) {
        refuse(basename(shards[i]), `cannot be read any further (${reason(error)})`);
      }
  }
  return rowReader((refuse) => samplesFrom(refuse, [0, 0]), undefined, samplesFrom);
}

interface Sample {
  key: string;
  /** Of its first entry in the shard. */
  offset: number;
  image?: Uint8Array;
  text?: Uint8Array;
  json?: Uint8Array;
  /** The first thing that is wrong with it. */
  fault?: string;
}

/** The samples of a shard from the entry at `start` on. */
async function* samplesOf(
  shard: string,
  start: number,
  { captionColumn }: WebDatasetOptions,
  refuse: Refuse,
): AsyncGenerator<CaptionedImage & { offset: number }> {
  const name = basename(shard);
  let sample: Sample | undefined;
  /** Told after the sample that it follows, so that whoever begins with that sample meets it again. */
  const damage: string[] = [];
  const tellDamage = () => {
    for (const what of damage.splice(0)) refuse(name, what);
  };
  function* finished(): Generator<CaptionedImage & { offset: number }> {
    if (sample) {
      const id = `${name}/${sample.key}`;
      try {
        const { image, captions } = contentOf(sample, captionColumn);
        yield { id, image, captions, source: shard, offset: sample.offset };
      } catch (error) {
        refuse(id, reason(error));
      }
    }
    tellDamage();
  }
  try {
    for await (const entry of tarEntries(shard, (what) => damage.push(what), start)) {
      const place = placeOf(entry.name);
      if (!place) continue;
      if (sample?.key !== place.key) {
        yield* finished();
        sample = { key: place.key, offset: entry.offset };
      }
      await add(sample, place.part, entry);
    }
    yield* finished();
  } finally {
    tellDamage();
  }
}

/** "set/000017.jpg" is the picture of "set/000017"; undefined for what is no part of a captioned picture. */
function placeOf(name: string): { key: string; part: 'image' | 'text' | 'json' } | undefined {
  const [, key, ending] = /^((?:.*\/)?[^./][^./]*)\.([^/]*)$/.exec(name.replace(/^\.\//, '')) ?? [];
  if (key === undefined) return undefined;
  const lower = ending.toLowerCase();
  const part = pictureEndings.has(lower) ? 'image' : textEndings.has(lower) ? 'text' : lower === 'json' ? 'json' : '';
  return part ? { key, part } : undefined;
}

async function add(sample: Sample, part: 'image' | 'text' | 'json', entry: TarEntry): Promise<void> {
  if (sample[part]) sample.fault ??= `two files of one kind: ${entry.name}`;
  else if (entry.size > largest) sample.fault ??= `${entry.name} has ${entry.size} bytes`;
  else {
    const content = await entry.read();
    if (content.length < entry.size)
      sample.fault ??= `${entry.name} is cut off: ${content.length} of ${entry.size} bytes`;
    sample[part] = content;
  }
}

/** Throws InputError that says what a sample lacks. */
function contentOf({ image, text, json, fault }: Sample, field: string | undefined) {
  if (fault) throw new InputError(fault);
  if (!image) throw new InputError('no picture');
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!text && !json) throw new InputError('neither .txt nor .json beside the picture');
  const useText = text && (field === undefined || !json);
  const captions = useText ? captionLines(decode(text)) : fieldOf(decode(json as Uint8Array), field);
  if (captions.length === 0)
    throw new InputError(useText ? 'its text is empty' : `its JSON has no ${field ?? 'caption'}`);
  return { image, captions };
}

function fieldOf(json: string, field: string | undefined): string[] {
  try {
    const row: unknown = JSON.parse(json);
    return isRecord(row) ? captionsOf(row, field) : [];
  } catch (error) {
    throw new InputError(`its .json is not JSON (${reason(error)})`);
  }
}
