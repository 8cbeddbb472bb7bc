/** What a person asks of a BLIP model, as far as its file can serve it. */
import { bindWeights, type Checkpoint } from '../../checkpoint/index.ts';
import { CheckpointError, input, ParameterList } from '../../core/index.ts';
import type { Family } from '../load.ts';
import type { LoadedModel, Task } from '../model.ts';
import { answers } from './answers.ts';
import { captions } from './captions.ts';
import { type BlipConfig, blipConfig } from './config.ts';
import { matches } from './matches.ts';
import { blip } from './model.ts';
import { OpenedBlip } from './opened.ts';
import { isOriginalBlip, originalConfig } from './original.ts';
import { blipNames, originalBlipNames } from './weights.ts';
import { blipWork } from './work.ts';

/** Which parts a file holds; they decide what it can be asked. */
export interface BlipParts {
  encoder: boolean;
  decoder: boolean;
  /** The matching head and the projections into the shared space. */
  heads: boolean;
}

export const blipFamily: Family = {
  modelTypes: ['blip'],
  recognises: ({ checkpoint }) => isOriginalBlip(checkpoint),

  async load(files, runtime) {
    const { id, checkpoint, folder } = files;
    const original = !files.config;
    const config = original ? originalConfig(checkpoint) : blipConfig(files.config, `${folder}/config.json`);
    const parts = partsOf(checkpoint);
    const wanted = blipParameters(config, parts);
    const weights = await bindWeights({ wanted, checkpoint, names: original ? originalBlipNames() : blipNames });
    const opened = new OpenedBlip(files, config, weights, runtime);
    const release = () => opened.release();
    const work = () => blipWork(config, parts);
    const processor = () => opened.processor();
    return { id, family: 'blip', ...served(opened, parts), processor, work, release, [Symbol.asyncDispose]: release };
  },
};

/** A file with both stacks and no heads answers: its decoder writes about questions, not about pictures. */
const answersQuestions = ({ encoder, decoder, heads }: BlipParts) => encoder && decoder && !heads;

function served(opened: OpenedBlip, parts: BlipParts): Partial<LoadedModel> & { tasks: readonly Task[] } {
  if (answersQuestions(parts)) return { tasks: ['answer'], ...answers(opened) };
  return {
    tasks: [...(parts.decoder ? (['caption'] as const) : []), ...(parts.heads ? (['match', 'embed'] as const) : [])],
    ...(parts.decoder && captions(opened)),
    ...(parts.heads && matches(opened)),
  };
}

function partsOf({ entries, path }: Checkpoint): BlipParts {
  const holds = (name: string) => entries.has(name) || entries.has(`model.${name}`);
  if (holds('cls_head.0.weight'))
    throw new CheckpointError(
      `${path}: judges pairs of pictures (NLVR2), which no task here asks for; load another file`,
    );
  const parts = {
    encoder: holds('text_encoder.embeddings.word_embeddings.weight'),
    decoder: holds('text_decoder.cls.predictions.transform.dense.weight'),
    heads: holds('itm_head.weight'),
  };
  if (!parts.decoder && !(parts.encoder && parts.heads))
    throw new CheckpointError(
      `${path}: holds no BLIP model that does a task; load a captioning, VQA or retrieval file`,
    );
  return parts;
}

/** Every parameter that a configuration and the parts of a file imply. */
export function blipParameters(config: BlipConfig, parts: BlipParts): ParameterList {
  const list = new ParameterList();
  const model = blip(list.root, config);
  const { channels, imageSize } = config.vision;
  const ids = input('ids', [1, 1], 'int64');
  const seen = model.see(input('pixels', [1, channels, imageSize, imageSize]));
  const read = parts.encoder ? model.read(ids, { cross: model.about(seen) }) : seen;
  if (parts.heads) {
    model.match(read);
    model.embedText(read);
    model.embedPicture(seen);
  }
  if (parts.decoder) model.head(model.write(ids, { cross: model.about(answersQuestions(parts) ? read : seen) }));
  return list;
}
