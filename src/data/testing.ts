/** A small set made of plain coloured blocks, for tests that need no packages: every maker draws every concept. */
import { deflateRawSync } from 'node:zlib';
import { appearanceOf, hsvToRgb } from './colours.ts';
import { type Concept, conceptId, groupOf, type Side } from './concepts.ts';
import { unpackSet } from './open.ts';
import { type EmojiSet, type Maker, SET_VERSION, type SpriteRecord } from './set.ts';
import { spriteOf } from './sprite.ts';

const phrases: [string, Side][] = [
  ['a banana', 'train'],
  ['a fire engine', 'train'],
  ['a bowl of rice', 'train'],
  ['some grapes', 'train'],
  ['a leaf', 'train'],
  ['a red apple', 'train'],
  ['a yo-yo', 'val-unseen'],
  ['an axe', 'test-unseen'],
];

const drawnBy: Maker[] = ['twitter', 'google', 'fluent', 'stamps'];

/** Sprite id = concept × 4 + maker; each block has its own hue and shape. */
export function testSet(): EmojiSet {
  const concepts = phrases.map(
    ([phrase, side]): Concept => ({
      id: conceptId(phrase),
      phrase,
      ja: '',
      keywords: [],
      subcategory: 'tool',
      superclass: 'tool',
      domain: 'object',
      core: true,
      group: groupOf(phrase),
      side,
    }),
  );
  const chunks: Uint8Array[] = [];
  const sprites: SpriteRecord[] = [];
  let offset = 0;
  for (const concept of concepts.keys())
    for (const [m, maker] of drawnBy.entries()) {
      const [width, height] = [24 + 2 * m, 20 + concept];
      const [red, green, blue] = hsvToRgb([(concept * 45 + 3 * m) % 360, 0.9, 0.8]);
      const rgba = new Uint8Array(width * height * 4);
      for (let i = 0; i < rgba.length; i += 4) rgba.set([red, green, blue, 255], i);
      const packed = deflateRawSync(rgba);
      const look = appearanceOf(spriteOf(rgba, width, height));
      const photo = maker === 'stamps' && concept % 2 === 0;
      sprites.push({
        concept,
        maker,
        source: concepts[concept].id,
        width,
        height,
        offset,
        length: packed.length,
        photo,
        look,
      });
      chunks.push(packed);
      offset += packed.length;
    }
  return unpackSet({
    index: {
      format: 'sightread-sprites',
      version: SET_VERSION,
      size: 40,
      bytes: offset,
      concepts,
      sprites,
      skipped: [],
    },
    bytes: new Uint8Array(Buffer.concat(chunks)),
  });
}
