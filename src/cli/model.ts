/** Loading the model that a command line asks for. */
import { type LoadOptions, load } from '../models/load.ts';
import type { LoadedModel } from '../models/model.ts';
import type { ModelFlags } from './options.ts';
import { bar, share, showDownload } from './progress.ts';
import type { Session } from './session.ts';

export const loadModel = (
  { model, ...flags }: ModelFlags,
  session: Session,
  more: Pick<LoadOptions, 'answers'> = {},
): Promise<LoadedModel> => loading(session, (options) => load(model, { ...pickRuntime(flags), ...more, ...options }));

/** The options of `withModel` but for the model's name. */
export const pickRuntime = ({ revision, offline, threads, dtype }: ModelFlags) => ({
  revision,
  offline,
  threads,
  dtype,
});

/** Runs `open` with a bar for what it downloads and reduces. */
export async function loading<T>(session: Session, open: (options: LoadOptions) => Promise<T>): Promise<T> {
  const line = bar(session);
  const warn = (message: string) => {
    line.clear();
    session.stderr.write(`warning: ${message}\n`);
  };
  try {
    const onProgress: LoadOptions['onProgress'] = (progress) => line.show(showDownload(progress));
    const onReduce: LoadOptions['onReduce'] = ({ done, total }) => line.show(`${share(done, total)}  reducing weights`);
    return await open({ signal: session.signal, onProgress, onReduce, onWarning: warn });
  } finally {
    line.clear();
  }
}
