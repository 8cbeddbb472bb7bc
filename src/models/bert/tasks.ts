/** What a person asks of a BERT file: words for the masks of a text. */
import { parseConfig } from '../config.ts';
import type { Family } from '../load.ts';
import { openMaskedText } from '../masked-text.ts';
import { bertSchema } from './config.ts';
import { bert } from './model.ts';
import { bertNames } from './weights.ts';

export const bertFamily: Family = {
  modelTypes: ['bert'],
  recognises: () => false,

  async load(files, runtime) {
    const config = parseConfig(bertSchema, files.config, `${files.folder}/config.json`);
    return openMaskedText(
      files,
      {
        family: 'bert',
        names: { ...bertNames, ignore: [...(bertNames.ignore ?? []), 'bert.pooler.*'] },
        head: 'cls.predictions.transform.dense.weight',
        longest: config.positions,
        model: (p) => bert(p, config),
      },
      runtime,
    );
  },
};
