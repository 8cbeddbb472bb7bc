/** A line on standard error that is rewritten in place, on a terminal only. */
import type { DownloadProgress } from '../checkpoint/index.ts';
import type { Session } from './session.ts';

export interface Bar {
  show(text: string): void;
  /** Before anything else is written, so that lines do not mix. */
  clear(): void;
}

export function bar({ stderr }: Session): Bar {
  let shown = false;
  return {
    show(text) {
      if (!stderr.isTTY) return;
      shown = true;
      stderr.write(`\r\x1b[2K${text.slice(0, (stderr.columns ?? 80) - 1)}`);
    },
    clear() {
      if (shown) stderr.write('\r\x1b[2K');
      shown = false;
    },
  };
}

/** `[#######·············]  35%  7 of 20` */
export function share(done: number, all: number, width = 20): string {
  const part = all === 0 ? 0 : done / all;
  const full = Math.round(part * width);
  return `[${'#'.repeat(full)}${'·'.repeat(width - full)}] ${String(Math.round(100 * part)).padStart(3)}%`;
}

/** `[####················]  20%  model.safetensors  141 of 707 MB` */
export const showDownload = ({ file, received, total }: DownloadProgress): string =>
  `${share(received, total)}  ${file}  ${Math.round(received / 1e6)} of ${Math.round(total / 1e6)} MB`;

/** The same items, with a bar while the next one is awaited. One item needs no bar. */
export async function* watched<T>(items: AsyncIterable<T>, total: number, session: Session): AsyncGenerator<T> {
  const line = bar(session);
  let done = 0;
  const show = () => total > 1 && done < total && line.show(`${share(done, total)}  ${done} of ${total}`);
  try {
    show();
    for await (const item of items) {
      done++;
      line.clear();
      yield item;
      show();
    }
  } finally {
    line.clear();
  }
}
