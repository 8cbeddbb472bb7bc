/** Three tasks to fine-tune for: what each learns, and how it is judged on pictures that no training saw. */
import { mostFrequentCaption, pixelNeighbour, type Sample } from '../../src/data/index.ts';
import { type Pixels, pixels } from '../../src/image/index.ts';
import { captionMetrics, meanByGroup, recallAtK, recallOfLists, vqaAccuracy, wordF1 } from '../../src/metrics/index.ts';
import type { BlipParts } from '../../src/models/blip/tasks.ts';
import { load, need } from '../../src/models/load.ts';
import type { LoadedModel } from '../../src/models/model.ts';
import { answeringLesson } from './asking.ts';
import type { Base } from './base.ts';
import { learn, type StudyOptions, study, type Weights } from './learn.ts';
import { type Asked, askedAbout, pairOf, pictureOf, type Scenes } from './world.ts';

export interface FineTuning {
  scenes: Scenes;
  base: Base;
  /** The folder that `base` was read from. */
  before: string;
  options: StudyOptions;
  /** Writes weights as a model folder and gives its path. */
  save(name: string, weights: Weights, parts: BlipParts): Promise<string>;
}

export interface Outcome {
  /** What was learnt from, and what was judged. */
  counts: Record<string, number>;
  /** Measures by system. */
  scores: Record<string, Record<string, number>>;
  examples: { asked?: string; right: string; said: string }[];
  /** Where the fine-tuned model lies. */
  folder: string;
}

/** Ten of them, evenly chosen. */
const tenOf = <T>(all: readonly T[]): T[] => all.filter((_, i) => i % Math.ceil(all.length / 10) === 0);

/** Captions: language modelling alone. */
export async function caption({ scenes: { train, test }, base, before, options, save }: FineTuning): Promise<Outcome> {
  console.error(`caption: ${options.steps} steps over ${train.length} pictures`);
  const weights = await learn(train.map(pairOf), base.setup, { objective: 'captioner', ...options });
  const folder = await save('caption', weights, { encoder: false, decoder: true, heads: false });
  const measured = (texts: readonly string[]) => {
    const { exactMatch, cider } = captionMetrics(
      texts,
      test.map(({ captions }) => captions),
    );
    const kinds = meanByGroup(
      exactMatch.each,
      test.map(({ kind }) => kind),
    );
    return { exact: exactMatch.score, ciderD: cider.score, ...kinds };
  };
  const written = await using(folder, (model) => captionsOf(model, test));
  const untuned = await using(before, (model) => model.caption && captionsOf(model, test));
  const frequent = mostFrequentCaption(train.map(({ caption }) => caption));
  return {
    counts: { trainPictures: train.length, testPictures: test.length },
    scores: {
      'fine-tuned': measured(written),
      ...(untuned && { 'before fine-tuning': measured(untuned) }),
      'most frequent caption': measured(test.map(() => frequent)),
      'nearest picture by pixels': measured(test.map(pixelNeighbour(train))),
    },
    examples: tenOf(test.map(({ caption }, i) => ({ right: caption, said: written[i] }))),
    folder,
  };
}

async function captionsOf(model: LoadedModel, samples: readonly Sample[]): Promise<string[]> {
  const texts: string[] = [];
  for (let start = 0; start < samples.length; start += 32) {
    const pictures = samples.slice(start, start + 32).map(pictureOf);
    texts.push(...(await need(model, 'caption')(pictures, { maxNewTokens: 24 })).map(({ text }) => text));
  }
  return texts;
}

/** Answers, and the same model learning from blank pictures: what can be known without looking. */
export async function vqa({ scenes, base, options, save }: FineTuning): Promise<Outcome> {
  const train = askedAbout(scenes.train, 2 * scenes.train.length, 31);
  const test = askedAbout(scenes.test, scenes.test.length, 32);
  const { imageSize: side } = base.setup.config.vision;
  const nothing = pixels(side, side, new Uint8Array(side * side * 3).fill(204));
  const unseen = ({ picture: _, ...asked }: Asked): Asked => ({ ...asked, picture: nothing });
  const taught = async (name: string, asked: readonly Asked[]) => {
    console.error(`${name}: ${options.steps} steps over ${asked.length} questions`);
    const weights = await study(answeringLesson(asked, base.setup), options);
    return await save(name, weights, { encoder: true, decoder: true, heads: false });
  };
  const folder = await taught('vqa', train);
  const blind = await taught('vqa-blind', train.map(unseen));
  const measured = (answers: readonly string[]) => {
    // As if ten people had been asked, who all say what was drawn.
    const { score, each } = vqaAccuracy(
      answers,
      test.map(({ answer }) => Array<string>(10).fill(answer)),
    );
    const kinds = meanByGroup(
      each,
      test.map(({ kind }) => kind),
    );
    return { all: score, ...kinds };
  };
  const said = await using(folder, (model) => answersOf(model, test));
  const guessed = await using(blind, (model) => answersOf(model, test.map(unseen)));
  const usual = (asked: readonly Asked[]) => mostFrequentCaption(asked.map(({ answer }) => answer));
  const kinds = new Map(test.map(({ kind }) => [kind, usual(train.filter((one) => one.kind === kind))]));
  return {
    counts: { trainQuestions: train.length, testQuestions: test.length, testPictures: scenes.test.length },
    scores: {
      'fine-tuned': measured(said),
      'learnt from blank pictures': measured(guessed),
      'usual answer to its kind of question': measured(test.map(({ kind }) => kinds.get(kind)!)),
      'usual answer of all': measured(test.map(() => usual(train))),
    },
    examples: tenOf(test.map(({ question, answer }, i) => ({ asked: question, right: answer, said: said[i] }))),
    folder,
  };
}

async function answersOf(model: LoadedModel, asked: readonly Asked[]): Promise<string[]> {
  const answers: string[] = [];
  for (const { picture, question } of asked)
    answers.push((await need(model, 'answer')(picture, question, { maxNewTokens: 12 })).text);
  return answers;
}

/** How many of the most similar are judged again by match. */
const best = 32;

/** Retrieval: contrast and matching. Among pictures whose captions all differ, each finds its text and each text its picture. */
export async function retrieval({ scenes, base, before, options, save }: FineTuning): Promise<Outcome> {
  const train = scenes.train.map(pairOf);
  const test = [...new Map(scenes.test.map((sample) => [sample.caption, sample])).values()];
  console.error(`retrieval: ${options.steps} steps over ${train.length} pictures`);
  const weights = await learn(train, base.setup, { objective: 'filter', ...options });
  const folder = await save('retrieval', weights, { encoder: true, decoder: false, heads: true });
  const [pictures, texts] = [test.map(pictureOf), test.map(({ caption }) => caption)];
  const tuned = await using(folder, (model) => found(model, pictures, texts));
  const untuned = await using(before, (model) => model.retrieve && found(model, pictures, texts));
  const nearest = pixelNeighbour(scenes.train);
  // A picture is like a text as far as that text is like the caption of the picture's nearest neighbour.
  const neighbours = test.map((sample) => {
    const caption = nearest(sample);
    return wordF1(
      texts,
      texts.map(() => [caption]),
    ).each;
  });
  const chance = (k: number) => Math.min(1, k / test.length);
  return {
    counts: { trainPictures: train.length, testPictures: test.length, judgedAgain: best },
    scores: {
      'fine-tuned: contrast, then match': tuned.matched,
      'fine-tuned: contrast': tuned.contrast,
      ...(untuned && {
        'before: contrast, then match': untuned.matched,
        'before: contrast': untuned.contrast,
      }),
      'nearest picture by pixels': recalls(neighbours),
      chance: bothWays({ 1: chance(1), 5: chance(5), 10: chance(10) }, { 1: chance(1), 5: chance(5), 10: chance(10) }),
    },
    examples: tenOf(texts.map((right, i) => ({ right, said: texts[tuned.first[i]] }))),
    folder,
  };
}

type Recall = Record<number, number>;

const bothWays = (textsOf: Recall, picturesOf: Recall): Record<string, number> =>
  Object.fromEntries(
    Object.entries({ text: textsOf, picture: picturesOf }).flatMap(([found, recall]) =>
      Object.entries(recall).map(([k, value]) => [`${found}@${k}`, value]),
    ),
  );

/** Picture p belongs to text p. */
function recalls(similarity: readonly (readonly number[])[]): Record<string, number> {
  const own = [...similarity.keys()];
  const turned = own.map((text) => similarity.map((row) => row[text]));
  return bothWays(recallAtK(similarity, own), recallAtK(turned, own));
}

async function found(model: LoadedModel, pictures: readonly Pixels[], texts: readonly string[]) {
  const { textsOf, picturesOf } = await need(model, 'retrieve')(pictures, texts, { best });
  const lists = (all: typeof textsOf) => all.map((list) => list.map(({ index }) => index));
  const own = [...texts.keys()].map((i) => [i]);
  return {
    matched: bothWays(recallOfLists(lists(textsOf), own), recallOfLists(lists(picturesOf), own)),
    contrast: recalls(await need(model, 'similarity')(pictures, texts)),
    first: textsOf.map(([{ index }]) => index),
  };
}

async function using<T>(folder: string, use: (model: LoadedModel) => Promise<T> | undefined): Promise<Awaited<T>> {
  await using model = await load(folder);
  return (await use(model)) as Awaited<T>;
}
