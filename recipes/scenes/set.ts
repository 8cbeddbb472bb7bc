/** Scenes of a small world with questions about them: what ViLT and UNITER learn from, and what they are tried on. */
import {
  type EmojiSet,
  heldOutMaker,
  type Maker,
  openEmojiSet,
  type QuestionKind,
  questionSet,
  type Sample,
  trainingMakers,
  trainingSource,
} from '../../src/data/index.ts';
import { type Pixels, pixels } from '../../src/image/index.ts';

/** Pixels a side. */
export const side = 64;

/** Things that every maker of emoji draws, and that are easily told apart. */
const things = [
  ...['dog', 'cat', 'elephant', 'penguin', 'frog', 'turtle', 'fish', 'octopus'],
  ...['sunflower', 'tree', 'mushroom', 'banana', 'strawberry', 'pineapple', 'hamburger', 'donut'],
  ...['train', 'bus', 'car', 'bicycle', 'airplane', 'sailboat', 'rocket', 'bell'],
];

/** Kinds of scenes; plain shapes join in relations. */
const mix = { count: 2, relation: 4, list: 1, colour: 2 };

export interface Scene {
  picture: Pixels;
  /** With every caption that is true, and every object with its box. */
  sample: Sample;
}

export interface Asked {
  scene: Scene;
  kind: QuestionKind;
  question: string;
  answer: string;
}

export interface SceneSet {
  /** Scenes to pre-train on, and questions about them. */
  scenes: readonly Scene[];
  asked: readonly Asked[];
  /** New scenes of the drawings that are trained on, a question about each. */
  heldOut: readonly Asked[];
  /** The same with the drawings of a maker that is never trained on. */
  otherHand: readonly Asked[];
  /** Answers that occur often enough to be learnt, the most frequent first. */
  answers: readonly string[];
}

export interface SceneSetOptions {
  folder: string;
  /** Scenes to train on, and questions about them. */
  scenes: number;
  asked: number;
  heldOut: number;
  otherHand: number;
}

/** An answer must occur this often to be one of the classes, as in both papers. */
const leastOften = 9;

export async function openScenes({ folder, ...counts }: SceneSetOptions): Promise<SceneSet> {
  const set = await openEmojiSet(folder);
  const training = sceneSource(set, trainingMakers, 1, counts.scenes);
  const all = ask(set, training, counts.asked, 1);
  const answers = frequent(all.map(({ answer }) => answer));
  return {
    scenes: Array.from({ length: counts.scenes }, (_, index) => training(index)),
    asked: all.filter(({ answer }) => answers.includes(answer)),
    heldOut: ask(set, sceneSource(set, trainingMakers, 2), counts.heldOut, 2),
    otherHand: ask(set, sceneSource(set, [heldOutMaker], 3), counts.otherHand, 3),
    answers,
  };
}

/** Scene `index` of a seed, each drawn once; after `count` scenes they come again. */
function sceneSource(set: EmojiSet, makers: readonly Maker[], seed: number, count = Number.POSITIVE_INFINITY) {
  const keep = ({ id }: { id: string }) => things.includes(id);
  const draw = trainingSource(set, { side, seed, makers, mix, augment: false, keep });
  const drawn = new Map<number, Scene>();
  return (index: number): Scene => {
    const at = index % count;
    const sample = drawn.get(at)?.sample ?? draw(at);
    const scene = drawn.get(at) ?? { sample, picture: pixels(side, side, sample.pixels) };
    drawn.set(at, scene);
    return scene;
  };
}

function ask(set: EmojiSet, sceneAt: (index: number) => Scene, count: number, seed: number): Asked[] {
  const names = set.concepts.filter(({ id }) => things.includes(id)).map(({ phrase }) => phrase);
  const asked = questionSet((index) => sceneAt(index).sample, count, names, seed);
  return asked.map(({ index, ...question }) => ({ ...question, scene: sceneAt(index) }));
}

function frequent(answers: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  const often = [...counts].filter(([, count]) => count >= leastOften);
  return often.sort(([, a], [, b]) => b - a).map(([answer]) => answer);
}
