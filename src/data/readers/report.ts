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
}

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
}

export type CaptionReader = Reader<CaptionedImage>;

/** Writes a row that is left out into the report. */
export type Refuse = (where: string, fault: string) => void;

/** A reader of the rows that `produce` makes; what it leaves out it gives to `refuse`. */
export function rowReader<Row>(produce: (refuse: Refuse) => AsyncIterable<Row>, count?: number): Reader<Row> {
  const report: ReadReport = { rows: 0, bad: [] };
  return {
    report,
    count,
    async *[Symbol.asyncIterator]() {
      report.rows = 0;
      report.bad = [];
      for await (const row of produce((where, fault) => report.bad.push({ where, fault }))) {
        report.rows++;
        yield row;
      }
    },
  };
}

/** The rows in their order with the bad ones between them, which the report then no longer holds. */
export async function* rowsAndFaults<Row>(reader: Reader<Row>): AsyncGenerator<Row | BadRow> {
  for await (const row of reader) {
    yield* reader.report.bad.splice(0);
    yield row;
  }
  yield* reader.report.bad.splice(0);
}
