/** A detector by its name. */
import type { ResolveOptions } from '../../checkpoint/index.ts';
import { UsageError } from '../../core/index.ts';
import type { RuntimeOptions } from '../running.ts';
import type { RegionDetector } from './detector.ts';
import type { Choosing } from './frcnn/open.ts';

export interface OpenDetectorOptions
  extends RuntimeOptions,
    Pick<ResolveOptions, 'revision' | 'offline' | 'onProgress'> {
  /** How a Faster R-CNN chooses regions; see frcnn/open.ts. */
  choosing?: Choosing;
}

/** The detector that an installed npm package carries. */
export const defaultDetector = 'centernet';

/**
 * Opens a detector of regions.
 * @param id `centernet`, the path of a `centernet.json`, or a Faster R-CNN: a folder with `config.yaml` and
 * `pytorch_model.bin`, or an id of the hub such as `unc-nlp/frcnn-vg-finetuned`
 * @throws UsageError, CheckpointError or DownloadError, saying what is missing and where to get it
 */
export async function openDetector(
  id: string = defaultDetector,
  { choosing, ...options }: OpenDetectorOptions = {},
): Promise<RegionDetector> {
  if (id !== defaultDetector && !id.endsWith('.json'))
    return (await import('./frcnn/open.ts')).openFrcnn(id, { choosing, ...options });
  if (choosing) throw new UsageError(`${id} chooses regions in one way; leave --choose out, or name a Faster R-CNN`);
  const { openCenternet } = await import('./centernet/open.ts');
  return openCenternet(id === defaultDetector ? undefined : id, options);
}
