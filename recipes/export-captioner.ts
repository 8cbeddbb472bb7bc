/**
 * Turns a run of recipes/default-captioner.ts into the model of the package: weights in half precision, tokenizer,
 * configurations, and a card whose numbers come from the written files, loaded as a user loads them.
 *
 *     npx tsx recipes/export-captioner.ts --run runs/captioner --out assets/captioner
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openCheckpoint, publishTensors, readTensors, writeSafetensors } from '../src/checkpoint/index.ts';
import { openEmojiSet } from '../src/data/index.ts';
import { gitConfig } from '../src/models/git/config.ts';
import { gitNames } from '../src/models/git/weights.ts';
import { newestCheckpoint } from '../src/train/index.ts';
import { modelCard } from './captioner/card.ts';
import { stagesBefore } from './captioner/history.ts';
import { helper } from './captioner/objective.ts';
import { type SetScores, scoreCaptioner } from './captioner/scores.ts';
import { preprocessing } from './captioner/setup.ts';

const { values } = parseArgs({
  options: {
    run: { type: 'string', default: 'runs/captioner' },
    out: { type: 'string', default: 'assets/captioner' },
    data: { type: 'string', default: '.cache/emoji-5' },
    /** Write the card again from scores.json, without scoring. */
    card: { type: 'boolean', default: false },
  },
});

const newest = await newestCheckpoint(values.run);
if (!newest) throw new Error(`${values.run} holds no checkpoint; train first`);
const configuration = JSON.parse(readFileSync(join(values.run, 'config.json'), 'utf8'));
const side: number = configuration.vision_config.image_size;
const stages = stagesBefore(join(newest.place, 'average.safetensors'));
const average = await openCheckpoint(join(newest.place, 'average.safetensors'));
const ours = new Map([...(await readTensors(average))].filter(([name]) => !name.startsWith(`${helper}.`)));

const parameters = [...ours.values()].reduce((sum, { data }) => sum + data.length, 0);

mkdirSync(values.out, { recursive: true });
const json = (name: string, value: unknown) =>
  writeFileSync(join(values.out, name), `${JSON.stringify(value, null, 2)}\n`);
await writeSafetensors(
  join(values.out, 'model.safetensors'),
  publishTensors(ours, gitNames(gitConfig(configuration))),
  {
    dtype: 'float16',
    metadata: { format: 'pt' },
  },
);
json('config.json', { ...configuration, torch_dtype: 'float16' });
json('preprocessor_config.json', preprocessing(side));
json('tokenizer_config.json', { tokenizer_class: 'BertTokenizer', do_lower_case: true });
copyFileSync(join(values.run, 'tokenizer.json'), join(values.out, 'tokenizer.json'));

const known = join(values.out, 'scores.json');
const scores = values.card
  ? (JSON.parse(readFileSync(known, 'utf8')) as SetScores[])
  : await scoreCaptioner(values.out, await openEmojiSet(values.data));
writeFileSync(join(values.out, 'README.md'), modelCard(scores, { stages, side, parameters }));
json('scores.json', scores);
