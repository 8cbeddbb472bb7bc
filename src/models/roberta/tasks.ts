/** What a person asks of a RoBERTa file: words for the masks of a text. */
import { parseConfig } from '../config.ts';
import type { Family } from '../load.ts';
import { openMaskedText } from '../masked-text.ts';
import { robertaSchema } from './config.ts';
import { roberta } from './model.ts';
import { robertaNames } from './weights.ts';

export const robertaFamily: Family = {
  modelTypes: ['roberta'],
  recognises: () => false,

  async load(files, runtime) {
    const config = parseConfig(robertaSchema, files.config, `${files.folder}/config.json`);
    return openMaskedText(
      files,
      {
        family: 'roberta',
        // The head's matrix is the word table again, under a name of its own in some files.
        names: { ...robertaNames, ignore: ['*position_ids', 'lm_head.decoder.*', 'roberta.pooler.*'] },
        head: 'lm_head.dense.weight',
        // Positions start after that of padding.
        longest: config.positions - config.pad - 1,
        model: (p) => roberta(p, config),
      },
      runtime,
    );
  },
};
