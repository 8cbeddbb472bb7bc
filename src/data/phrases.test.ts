import { expect, test } from 'vitest';
import { conceptId, groupOf } from './concepts.ts';
import { coloured, countable, counted, list, nounPhrase, plural, withArticle } from './phrases.ts';

test.each([
  ['a banana', 'bananas'],
  ['a leaf', 'leaves'],
  ['a kitchen knife', 'kitchen knives'],
  ['a computer mouse', 'computer mice'],
  ['a sheep', 'sheep'],
  ['a tropical fish', 'tropical fish'],
  ['a person', 'people'],
  ['an old woman', 'old women'],
  ['a box of popcorn', 'boxes of popcorn'],
  ['a slice of pizza', 'slices of pizza'],
  ['a bowl with a spoon', 'bowls with a spoon'],
  ["a dog's face", 'dog faces'],
  ['a cherry blossom', 'cherry blossoms'],
  ['a city', 'cities'],
  ['a torch', 'torches'],
  ['a goose', 'geese'],
  ['a potato', 'potatoes'],
  ['a die', 'dice'],
  ['an airplane taking off', 'airplanes taking off'],
  ['a pair of scissors', 'pairs of scissors'],
])('the plural of "%s" is "%s"', (phrase, many) => expect(plural(phrase)).toBe(many));

test.each([
  ['apple', 'an apple'],
  ['hourglass', 'an hourglass'],
  ['unicorn', 'a unicorn'],
  ['x-ray', 'an x-ray'],
  ['yo-yo', 'a yo-yo'],
  ['umbrella', 'an umbrella'],
])('"%s" with its article is "%s"', (words, phrase) => expect(withArticle(words)).toBe(phrase));

test('counts, colours and lists', () => {
  expect(counted('a leaf', 1)).toBe('a leaf');
  expect(counted('a leaf', 4)).toBe('four leaves');
  expect(coloured('an umbrella', 'red')).toBe('a red umbrella');
  expect(coloured('a car', 'orange')).toBe('an orange car');
  expect(list(['a dog'])).toBe('a dog');
  expect(list(['a dog', 'a cat', 'a car'])).toBe('a dog, a cat and a car');
});

test('only things with an article and without a partner can be counted', () => {
  expect(['an apple', 'a box of popcorn'].every(countable)).toBe(true);
  expect(['some sushi', 'two hearts', 'a fork and a knife', 'the kaaba'].some(countable)).toBe(false);
});

test('CLDR names become noun phrases', () => {
  expect(nounPhrase('dog face')).toBe("a dog's face");
  expect(nounPhrase('rescue worker’s helmet')).toBe("a rescue worker's helmet");
  expect(nounPhrase('person walking: facing right')).toBe('a person walking');
});

test('variants share a group, whatever holds them', () => {
  expect(groupOf("a dog's face")).toBe('dog');
  expect(groupOf('a guide dog')).toBe('dog');
  expect(groupOf('a poodle')).toBe('dog');
  expect(groupOf('a slice of pizza')).toBe('pizza');
  expect(groupOf('a pair of sunglasses')).toBe(groupOf('a pair of glasses'));
  expect(conceptId("a dog's face")).toBe('dog-s-face');
});
