/** A model goes through a set: in batches, with progress, past rows that are done and pictures that cannot be read. */
import { InputError, reason } from '../../core/errors.ts';
import { attempt } from '../batches.ts';
import { bar, share } from '../progress.ts';
import { complain, type Session } from '../session.ts';
import type { Entry, Ledger } from './ledger.ts';
import type { SetOf } from './sets.ts';

export interface OverOptions<Row> {
  /** Rows in one call of `work`. */
  batch: number;
  /** Rows that are looked at; the others are left alone. */
  limit?: number;
  ledger: Ledger;
  /** One entry for each row, or an InputError when a picture cannot be read. */
  work(rows: Row[]): Promise<Entry[]>;
}

export interface Said<Row> {
  row: Row;
  entry: Entry;
}

export interface Outcome<Row> {
  /** In the order of the set, whatever was in the ledger before. */
  said: Said<Row>[];
  /** Rows that cannot be read, and pictures that cannot. */
  failed: number;
}

/** Faults that are written out; more are counted only. */
const mostFaults = 10;

/** Goes through the set. What is said is in the ledger as soon as its batch is done, whatever happens after. */
export async function overSet<Row extends { id: string }>(
  set: SetOf<Row>,
  { batch, limit = Number.POSITIVE_INFINITY, ledger, work }: OverOptions<Row>,
  session: Session,
): Promise<Outcome<Row>> {
  const line = bar(session);
  const all = Math.min(limit, set.count ?? Number.POSITIVE_INFINITY);
  const said: Said<Row>[] = [];
  let [seen, failed] = [0, 0];
  const fail = (fault: string) => {
    line.clear();
    if (failed++ < mostFaults) complain(session, fault);
  };
  const finish = async (waiting: { row: Row; place: number }[]) => {
    session.signal.throwIfAborted();
    const rows = waiting.map(({ row }) => row);
    const results = await attempt(rows, work);
    const good: Entry[] = [];
    for (const [i, entry] of results.entries())
      if (entry instanceof InputError) fail(reason(entry));
      else {
        good.push(entry);
        said[waiting[i].place] = { row: rows[i], entry };
      }
    if (good.length > 0) await ledger.add(good);
    line.show(Number.isFinite(all) ? `${share(seen, all)}  ${seen} of ${all}` : `${seen} done`);
  };
  try {
    let waiting: { row: Row; place: number }[] = [];
    for await (const row of set) {
      if (seen === limit) break;
      const place = seen++;
      const entry = ledger.done.get(row.id);
      if (entry) said[place] = { row, entry };
      else waiting.push({ row, place });
      if (waiting.length < batch) continue;
      await finish(waiting);
      waiting = [];
    }
    if (waiting.length > 0) await finish(waiting);
  } finally {
    line.clear();
  }
  for (const { where, fault } of set.report.bad) fail(`${where}: ${fault}`);
  // Those that failed have left holes, which a filter passes over.
  return { said: said.filter(() => true), failed };
}
