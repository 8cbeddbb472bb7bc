/** The command line that both recipes have, and what they do with it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { encodePng, type ImageSource } from '../../src/image/index.ts';
import { load } from '../../src/models/load.ts';
import { type Row, type Settings, type Student, trainRow } from './ablation.ts';
import { pointing } from './pointing.ts';
import { blindRow, type PointingOf, reportOf, untrainedRow, writeReport } from './report.ts';
import { openScenes, type Scene, type SceneSet } from './set.ts';

/** What a recipe chooses where the command line says nothing. */
export interface Defaults {
  out: string;
  /** Scenes to train on, and questions about them. */
  scenes: number;
  asked: number;
  steps: number;
  tune: number;
  rate: number;
}

export interface Recipe {
  set: SceneSet;
  settings: Settings;
  seeds: readonly number[];
  ablate: boolean;
  /** Names of the rows to train; undefined for those that the recipe chooses. */
  only?: readonly string[];
}

/** Scenes whose nouns are followed into the picture, and pictures that are kept as examples. */
const [followed, kept] = [150, 12];

export async function openRecipe(defaults: Defaults): Promise<Recipe> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: defaults.out },
      data: { type: 'string', default: '.cache/emoji-5' },
      /** Train every row of the ablation table, not only the full model, one without pre-training, and a blind one. */
      ablate: { type: 'boolean', default: false },
      /** Train these rows, by their names, separated by commas. */
      only: { type: 'string' },
      seed: { type: 'string', default: '1' },
      steps: { type: 'string', default: String(defaults.steps) },
      tune: { type: 'string', default: String(defaults.tune) },
      rate: { type: 'string', default: String(defaults.rate) },
      scenes: { type: 'string', default: String(defaults.scenes) },
      asked: { type: 'string', default: String(defaults.asked) },
      'held-out': { type: 'string', default: '500' },
    },
  });
  const { out, data, ablate, only } = values;
  const [steps, tune, rate] = [values.steps, values.tune, values.rate].map(Number);
  const [scenes, asked, heldOut] = [values.scenes, values.asked, values['held-out']].map(Number);
  mkdirSync(out, { recursive: true });
  const set = await openScenes({ folder: data, scenes, asked, heldOut, otherHand: Math.round(heldOut / 5) });
  console.error(
    `${set.scenes.length} scenes, ${set.asked.length} questions with ${set.answers.length} answers; ${heldOut} held-out questions`,
  );
  const settings = { out, steps, tune, rate, tuneRate: rate };
  return { set, settings, seeds: values.seed.split(',').map(Number), ablate, only: only?.split(',') };
}

export interface RunOptions<Objective extends string> {
  student: Student<Objective>;
  /** The full model first. */
  rows: readonly Row<Objective>[];
  /** Makes what the model reads of a scene, as a file beside `path`, or as pixels. */
  sourceOf(scene: Scene, path: string): Promise<ImageSource>;
  /** What else the report says. */
  more?: object;
}

/** Trains the rows, follows nouns of those that were trained with matching, and keeps the full model and its examples. */
export async function runRecipe<Objective extends string>(
  { set, settings, seeds, ablate, only }: Recipe,
  { student, rows, sourceOf, more }: RunOptions<Objective>,
): Promise<void> {
  const { out } = settings;
  const full = rows[0];
  const usual = [full.name, untrainedRow, blindRow];
  const chosen = rows.filter(({ name }) => (only ? only.includes(name) : ablate || usual.includes(name)));
  const scenes = set.heldOut.slice(0, followed).map(({ scene }) => scene);
  const regions = join(out, 'followed');
  mkdirSync(regions, { recursive: true });
  const sources = await Promise.all(scenes.map((scene, i) => sourceOf(scene, join(regions, String(i)))));
  const trained = [];
  const pointed: PointingOf[] = [];
  for (const seed of seeds)
    for (const row of chosen) {
      const one = await trainRow(student, set, row, seed, settings);
      trained.push(one);
      if (!one.pretrained) continue;
      const folder = join(out, row === full && seed === seeds[0] ? 'pretrained' : 'compared');
      await student.save(folder, one.pretrained);
      await using model = await load(folder);
      pointed.push({ row: row.name, seed, pointing: await pointing(model, scenes, (_, i) => sources[i]) });
      if (row === full && seed === seeds[0]) await student.save(join(out, 'answering'), one.tuned);
    }
  await writeExamples(set, join(out, 'examples'), sourceOf);
  writeReport(out, reportOf(set, settings, trained, pointed, more));
}

/** Held-out scenes as files, with a question about each, to try the model on. */
async function writeExamples(set: SceneSet, folder: string, sourceOf: RunOptions<string>['sourceOf']): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const asked = set.heldOut.slice(0, kept);
  for (const [i, { scene }] of asked.entries()) {
    await writeFile(join(folder, `${i}.png`), await encodePng(scene.picture));
    await sourceOf(scene, join(folder, String(i)));
  }
  const lines = asked.map(({ question, answer }, i) => `${i}.png\t${question}\t${answer}`);
  writeFileSync(join(folder, 'questions.tsv'), `${lines.join('\n')}\n`);
}
