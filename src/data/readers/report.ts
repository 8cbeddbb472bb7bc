/** What every reader gives: rows one by one, and a report of the rows that could not be used. */

/** A picture with its captions. */
export interface CaptionedImage {
  /** Unique in its data set: a path relative to it, or the number a file gives. */
  id: string;
  /** Path of the picture file. */
  image: string;
  /** At least one, without surrounding space. */
  captions: string[];
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
export interface CaptionReader extends AsyncIterable<CaptionedImage> {
  readonly report: ReadReport;
}

/** A reader of rows made by `produce`, which writes what it leaves out with `refuse`. */
export function captionReader(
  produce: (refuse: (where: string, fault: string) => void) => AsyncIterable<CaptionedImage>,
): CaptionReader {
  const report: ReadReport = { rows: 0, bad: [] };
  return {
    report,
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
