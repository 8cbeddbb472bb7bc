/** What every reader gives: rows one by one, and a report of the rows that could not be used. */

/** A picture with its captions. */
export interface CaptionedImage {
  /** Unique in its data set: a path relative to it, or the number a file gives. */
  id: string;
  /** Path of the picture file, or the file's bytes where it lies inside a larger one. */
  image: string | Uint8Array;
  /** At least one, without surrounding space. */
  captions: string[];
  /** The file that names the captions: a table, a shard, or the text file beside the picture. */
  source: string;
  /** Where reading can begin again with this row; only from readers that have `startingAt`. */
  at?: Place;
}

/** A place in a set: numbers that only the reader that gave them understands, which JSON keeps. */
export type Place = readonly number[];

export interface BadRow {
  /** File and line, or file and id. */
  where: string;
  /** What is wrong and, where that helps, what to do. */
  fault: string;
}

/** Filled while rows are read; complete when the iteration has ended. */
export interface ReadReport {
  /** Rows given. */
  rows: number;
  bad: BadRow[];
}

/** Rows as they are read. A bad row never ends the iteration: it is only written into the report. */
export interface Reader<Row> extends AsyncIterable<Row> {
  readonly report: ReadReport;
  /** How many rows there are, bad ones included, where that is known without reading them. */
  readonly count?: number;
  /** The rows from a place on. What lies before it is not read, so faults there are not met again. */
  startingAt?(place: Place): AsyncIterable<Row>;
}

export type CaptionReader = Reader<CaptionedImage>;

/** Writes a row that is left out into the report. */
export type Refuse = (where: string, fault: string) => void;

/**
 * A reader of the rows that `produce` makes; what it leaves out it gives to `refuse`. `produceFrom` makes those from a place
 * on, where the form allows that.
 */
export function rowReader<Row>(
  produce: (refuse: Refuse) => AsyncIterable<Row>,
  count?: number,
  produceFrom?: (refuse: Refuse, place: Place) => AsyncIterable<Row>,
): Reader<Row> {
  const report: ReadReport = { rows: 0, bad: [] };
  async function* reported(rowsWith: (refuse: Refuse) => AsyncIterable<Row>): AsyncGenerator<Row> {
    report.rows = 0;
    report.bad = [];
    for await (const row of rowsWith((where, fault) => report.bad.push({ where, fault }))) {
      report.rows++;
      yield row;
    }
  }
  return {
    report,
    count,
    [Symbol.asyncIterator]: () => reported(produce),
    ...(produceFrom && { startingAt: (place) => reported((refuse) => produceFrom(refuse, place)) }),
  };
}

/** The rows in their order with the bad ones between them, which the report then no longer holds. */
export async function* rowsAndFaults<Row>(
  { report }: Reader<Row>,
  rows: AsyncIterable<Row>,
): AsyncGenerator<Row | BadRow> {
  for await (const row of rows) {
    yield* report.bad.splice(0);
    yield row;
  }
  yield* report.bad.splice(0);
}
