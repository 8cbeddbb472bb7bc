import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { evaluationNames, evaluationSet } from './evaluation.ts';
import type { Kind, Sample } from './sample.ts';
import { paletteOf, trainingMakers, trainingSource } from './source.ts';
import { testSet } from './testing.ts';
import { captionVocabulary } from './vocabulary.ts';

const set = testSet();
/** Everything of a sample in a short form: pixels as a digest. */
const digest = ({ pixels, ...words }: Sample) => ({
  ...words,
  pixels: createHash('sha1').update(pixels).digest('hex'),
});

const many = (kind: Kind, count = 60, augment = true): Sample[] => {
  const source = trainingSource(set, { seed: 5, mix: { [kind]: 1 }, augment });
  return Array.from({ length: count }, (_, i) => source(i));
};

test('sample i depends on the seed and i alone, in any order and from any source', () => {
  const a = trainingSource(set, { seed: 7, side: 48 });
  const forward = Array.from({ length: 40 }, (_, i) => digest(a(i)));
  const b = trainingSource(testSet(), { seed: 7, side: 48 });
  for (const i of [39, 3, 17, 0]) expect(digest(b(i))).toEqual(forward[i]);
  const other = trainingSource(set, { seed: 8, side: 48 });
  expect(forward.filter((sample, i) => sample.caption === other(i).caption).length).toBeLessThan(20);
});

test('training sees neither the held-out maker nor the stamps nor a concept of another side', () => {
  expect(trainingMakers).not.toContain('twitter');
  expect(trainingMakers).not.toContain('stamps');
  const palette = paletteOf(set, { makers: trainingMakers, sides: ['train'] });
  const ids = palette.concepts.flat();
  expect(ids.length).toBe(12);
  for (const id of ids) {
    expect(['google', 'fluent']).toContain(set.sprites[id].maker);
    expect(set.conceptOf(id).side).toBe('train');
  }
  const shown = new Set(many('single', 100).map(({ objects }) => objects[0].concept));
  expect([...shown].sort()).toEqual(['banana', 'bowl-of-rice', 'fire-engine', 'grapes', 'leaf', 'red-apple']);
});

test('evaluation sets do not share concepts or makers with training where they must not', () => {
  const sizes = Object.fromEntries(evaluationNames.map((name) => [name, evaluationSet(set, name).size]));
  expect(sizes).toEqual({
    'val-seen': 6,
    'val-unseen': 3,
    'test-unseen': 3,
    scenes: 600,
    'test-seen-drawings': 3,
    'test-seen-photos': 3,
  });
  expect(evaluationSet(set, 'val-unseen').sample(0).caption).toBe('a yo-yo');
  const scenes = evaluationSet(set, 'scenes');
  expect(scenes.sample(599).kind).toBe('list');
  expect(digest(scenes.sample(0))).toEqual(digest(evaluationSet(testSet(), 'scenes').sample(0)));
  expect(() => scenes.sample(600)).toThrow('past its end');
});

test('a counted thing is there as often as the caption says', () => {
  const words = ['zero', 'one', 'two', 'three', 'four', 'five'];
  for (const { caption, objects } of many('count')) expect(caption.split(' ')[0]).toBe(words[objects.length]);
});

test('relations hold for the boxes that were drawn', () => {
  const seen = new Set<string>();
  for (const { caption, objects } of many('relation', 80, false)) {
    const words = /to the left of|above/.exec(caption)![0];
    seen.add(words);
    const axis = words === 'above' ? 1 : 0;
    const [first] = objects;
    const last = objects[objects.length - 1];
    expect(first.box[axis]).toBeLessThan(last.box[axis]);
    const name = objects[0].name.replace(/^an? /, '').split(' ')[0];
    if (objects.filter((object) => object.name === first.name).length === 1) expect(caption).toContain(name);
  }
  expect(seen.size).toBe(2);
});

test('boxes are inside the picture, at least 15% and at most 60% of its side, and overlap little', () => {
  for (const { objects, side } of [...many('count', 50, false), ...many('list', 20, false)]) {
    for (const [i, { box }] of objects.entries()) {
      const longest = Math.max(box[2] - box[0], box[3] - box[1]);
      expect(Math.min(...box)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...box)).toBeLessThanOrEqual(side);
      expect(longest).toBeGreaterThan(0.13 * side);
      expect(longest).toBeLessThan(0.62 * side);
      for (const other of objects.slice(i + 1)) {
        const wide = Math.min(box[2], other.box[2]) - Math.max(box[0], other.box[0]);
        const high = Math.min(box[3], other.box[3]) - Math.max(box[1], other.box[1]);
        const area = Math.min(
          (box[2] - box[0]) * (box[3] - box[1]),
          (other.box[2] - other.box[0]) * (other.box[3] - other.box[1]),
        );
        if (wide > 0 && high > 0) expect((wide * high) / area).toBeLessThan(0.4);
      }
    }
  }
});

test('a colour that the caption says is what is seen', () => {
  for (const { pixels, side, objects, caption } of many('colour', 60, false)) {
    for (const { box, colour } of objects) {
      expect(caption).toContain(colour);
      const p = (Math.floor((box[1] + box[3]) / 2) * side + Math.floor((box[0] + box[2]) / 2)) * 3;
      const [red, green, blue] = pixels.subarray(p, p + 3);
      if (colour === 'blue') expect(blue).toBeGreaterThan(Math.max(red, green));
      if (colour === 'green') expect(green).toBeGreaterThan(Math.max(red, blue));
      if (colour === 'red') expect(red).toBeGreaterThan(2 * Math.max(blue, green));
    }
  }
});

test('every word of every caption is in the vocabulary', () => {
  const words = (text: string) => text.match(/[a-z'-]+/g) ?? [];
  const known = new Set(captionVocabulary(set).flatMap(words));
  const source = trainingSource(set, { seed: 3, side: 32 });
  const unknown = Array.from({ length: 150 }, (_, i) => words(source(i).caption))
    .flat()
    .filter((word) => !known.has(word));
  expect(unknown).toEqual([]);
});

test('clean pictures of white ground stay white at the corners', () => {
  const corners = many('single', 30, false).map(({ pixels }) => pixels[0] + pixels[1] + pixels[2]);
  expect(Math.min(...corners)).toBeGreaterThan(3 * 200);
});
