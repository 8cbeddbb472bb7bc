/** What GIT costs to run. */
import { input, ParameterList } from '../../core/index.ts';
import { MemoryRecorder, PoolCache } from '../../nn/index.ts';
import { flopsAt, type Work } from '../work.ts';
import type { GitConfig } from './config.ts';
import { git } from './model.ts';

export function gitWork(config: GitConfig): Work {
  const model = git(new ParameterList().root, config);
  const { channels, imageSize } = config.vision;
  const shape = [1, ...(config.frames ? [config.frames] : []), channels, imageSize, imageSize];
  const picture = model.encode(input('pixels', shape));
  const memory = new MemoryRecorder();
  model.remember(picture, memory);

  const cache = new PoolCache(1);
  const logits = model.head(model.resume(input('ids', [cache.rows, 1], 'int64'), cache));

  const pictureTokens = picture.size(1) as number;
  return {
    input: shape,
    pictureTokens,
    picture: flopsAt(memory.outputs, {}),
    token: flopsAt({ logits, ...cache.outputs }, { pictures: 1, beams: 1, slots: pictureTokens + 9 }),
  };
}
