/** Any captioned set as a stream of single pairs, a picture and one text each, that can be taken up again at a place. */
import { type CaptionOptions, readCaptions } from './open.ts';
import { type Place, rowsAndFaults } from './report.ts';

/** A picture and one text about it. */
export interface Pair {
  /** Unique in its set and the same on every reading; the second caption of picture "a.jpg" is "a.jpg#1". */
  id: string;
  text: string;
  /** The file that names the text: a table, a shard, or the text file beside the picture. */
  source: string;
  picture: { path: string } | { bytes: Uint8Array };
  /** Where reading can begin again with the first pair of this picture's row; not of every form. */
  bookmark?: Bookmark;
}

/** A place of a set, in a form that JSON keeps. */
export interface Bookmark {
  /** How many pairs and faults lie before it. */
  count: number;
  at: Place;
}

/** A row that gives no pair: where it stands, and what is wrong with it. */
export interface PairFault {
  id: string;
  fault: string;
}

export interface Pairs {
  /** Rows of the set, where that is known without reading them; a row with several captions gives several pairs. */
  count?: number;
  /**
   * The pairs, with bad rows in their places; the first `from` of these are left out, to go on after a stop. Where a
   * bookmark of one of them is given, what lies before it is not read.
   */
  pairs(from?: number, bookmark?: Bookmark): AsyncIterable<Pair | PairFault>;
}

/**
 * Opens a captioned set whatever its form, which is found by looking: a folder with captions, a table, tar shards,
 * Parquet files, or the JSON files of COCO, Karpathy and Flickr30k. One row is in memory at a time.
 * @throws UsageError when there is nothing to read there, InputError when its form is not known or is damaged
 */
export async function openPairs(path: string, options: CaptionOptions = {}): Promise<Pairs> {
  const reader = await readCaptions(path, options);
  return {
    count: reader.count,
    async *pairs(from = 0, bookmark) {
      const begins = reader.startingAt && bookmark && bookmark.count <= from ? bookmark : undefined;
      let place = begins?.count ?? 0;
      for await (const row of rowsAndFaults(reader, begins ? reader.startingAt!(begins.at) : reader)) {
        if ('fault' in row) {
          if (place++ >= from) yield { id: row.where, fault: row.fault };
          continue;
        }
        const { id, image, captions, source, at } = row;
        const picture = typeof image === 'string' ? { path: image } : { bytes: image };
        const bookmark = at && { count: place, at };
        for (const [i, text] of captions.entries())
          if (place++ >= from) yield { id: i === 0 ? id : `${id}#${i}`, text, source, picture, bookmark };
      }
    },
  };
}
