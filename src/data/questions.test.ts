import { expect, test } from 'vitest';
import { questionSet, questions } from './questions.ts';
import { cocoCaptions, cocoInstances, regions } from './regions.ts';
import type { Sample } from './sample.ts';
import { trainingSource } from './source.ts';
import { testSet } from './testing.ts';

const scene: Sample = {
  pixels: new Uint8Array(0),
  side: 100,
  kind: 'relation',
  caption: 'a fire engine to the left of a red circle',
  captions: ['a fire engine to the left of a red circle', 'a red circle to the right of a fire engine'],
  objects: [
    { concept: 'fire-engine', name: 'a fire engine', box: [5, 40, 35, 60] },
    { concept: 'circle', name: 'a red circle', box: [60, 40, 90, 60], colour: 'red' },
  ],
};

const answers = (sample: Sample, others: string[] = []) =>
  Object.fromEntries([...questions(sample, others)].map(({ question, answer }) => [question, answer]));

test('a scene answers what follows from it', () => {
  expect(answers(scene, ['a dog'])).toEqual({
    'how many fire engines are there?': 'one',
    'how many red circles are there?': 'one',
    'what color is the circle?': 'red',
    'where is the fire engine?': 'on the left',
    'where is the red circle?': 'on the right',
    'what is to the left of the red circle?': 'a fire engine',
    'what is to the right of the fire engine?': 'a red circle',
    'is the fire engine to the left of the red circle?': 'yes',
    'is the fire engine to the right of the red circle?': 'no',
    'is there a fire engine?': 'yes',
    'is there a dog?': 'no',
  });
});

test('no question is asked that has two answers', () => {
  const two = {
    ...scene,
    objects: [...scene.objects, { ...scene.objects[1], name: 'a blue circle', colour: 'blue' as const }],
  };
  const asked = Object.keys(answers(two));
  expect(asked).not.toContain('what color is the circle?');
  expect(asked.some((question) => question.startsWith('what is'))).toBe(false);
});

test('a set of questions has balanced kinds and answers', () => {
  const source = trainingSource(testSet(), { seed: 2, side: 32, mix: { relation: 2, count: 1, colour: 1 } });
  const set = questionSet(source, 60, ['a dog', 'a cat', 'a house', 'an owl'], 1);
  const share = (kind: string, answer?: string) =>
    set.filter((asked) => asked.kind === kind && (!answer || asked.answer === answer)).length;
  for (const kind of ['count', 'colour', 'what', 'where', 'yes-no']) expect(share(kind), kind).toBeGreaterThan(7);
  expect(Math.abs(share('yes-no', 'yes') - share('yes-no', 'no'))).toBeLessThanOrEqual(2);
  expect(set).toEqual(questionSet(source, 60, ['a dog', 'a cat', 'a house', 'an owl'], 1));
});

test('regions point at one object each', () => {
  const twins: Sample = {
    ...scene,
    objects: [
      { concept: 'leaf', name: 'a leaf', box: [5, 10, 25, 30] },
      { concept: 'leaf', name: 'a leaf', box: [60, 12, 80, 32] },
    ],
  };
  expect(regions(twins)).toEqual([
    { bbox: [5, 10, 20, 20], phrase: 'the leaf on the left' },
    { bbox: [60, 12, 20, 20], phrase: 'the leaf on the right' },
  ]);
  expect(regions(scene).map(({ phrase }) => phrase)).toEqual(['a fire engine', 'a red circle']);
});

test('COCO files refer to their own pictures and categories', () => {
  const boxes = cocoInstances([scene, scene]);
  expect(boxes.categories).toEqual([
    { id: 1, name: 'circle' },
    { id: 2, name: 'fire-engine' },
  ]);
  expect(boxes.annotations[3]).toEqual({
    id: 4,
    image_id: 1,
    category_id: 1,
    bbox: [60, 40, 30, 20],
    area: 600,
    iscrowd: 0,
  });
  const captions = cocoCaptions([scene], (i) => `scene-${i}.png`);
  expect(captions.images).toEqual([{ id: 0, file_name: 'scene-0.png', width: 100, height: 100 }]);
  expect(captions.annotations).toEqual(scene.captions.map((caption, i) => ({ id: i + 1, image_id: 0, caption })));
});
