/**
 * A session that opens at once and repacks its weights when that pays.
 *
 * A product of a few rows with a matrix as the checkpoint stores it copies the matrix at every run, in the order that the
 * processor reads it in. The engine can do that once, when it opens a session, for the price of a longer opening and of
 * a second copy in memory: too much for one caption, little for a hundred.
 */
import type { NDArray } from '../core/index.ts';
import type { NativeSession } from './engine.ts';

export interface Repacking {
  /** Repack when the runs have had this many rows together … */
  readonly afterRows: number;
  /** … of this input: its first axis. */
  readonly of: string;
}

export class RepackingSession implements NativeSession {
  #session: NativeSession;
  #openPacked: (() => Promise<NativeSession>) | undefined;
  readonly #rule: Repacking;
  #rows = 0;
  #running = 0;
  /** Settled unless the session is being exchanged: runs wait for it. */
  #exchange: Promise<void> = Promise.resolve();

  /** `session` reads weights as they are stored; `openPacked` opens the same graph with weights repacked. */
  constructor(session: NativeSession, openPacked: () => Promise<NativeSession>, rule: Repacking) {
    this.#session = session;
    this.#openPacked = openPacked;
    this.#rule = rule;
  }

  async run(feeds: Record<string, NDArray>, into: Record<string, NDArray | null>): Promise<Record<string, NDArray>> {
    await this.#exchange;
    this.#running++;
    try {
      return await this.#session.run(feeds, into);
    } finally {
      this.#running--;
      this.#rows += feeds[this.#rule.of].shape[0];
      if (this.#rows >= this.#rule.afterRows && this.#running === 0 && this.#openPacked) {
        this.#exchange = this.#repack(this.#openPacked);
        this.#openPacked = undefined;
      }
    }
  }

  async release(): Promise<void> {
    this.#openPacked = undefined;
    await this.#exchange;
    await this.#session.release();
  }

  endProfiling(): void {
    this.#session.endProfiling();
  }

  async #repack(openPacked: () => Promise<NativeSession>): Promise<void> {
    const packed = await openPacked();
    const plain = this.#session;
    this.#session = packed;
    await plain.release();
  }
}
