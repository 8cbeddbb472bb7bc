/** Loading the model that a command line asks for. */
import { load } from '../models/load.ts';
import type { LoadedModel } from '../models/model.ts';
import type { ModelFlags } from './options.ts';
import { bar, showDownload } from './progress.ts';
import type { Session } from './session.ts';

export async function loadModel(
  { model, revision, offline, threads }: ModelFlags,
  session: Session,
): Promise<LoadedModel> {
  const line = bar(session);
  try {
    const { signal } = session;
    const onProgress = (progress: Parameters<typeof showDownload>[0]) => line.show(showDownload(progress));
    return await load(model, { revision, offline, threads, signal, onProgress });
  } finally {
    line.clear();
  }
}
