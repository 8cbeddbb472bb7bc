/** Every wording that captions of a set can hold, for training a tokenizer that has a token for each word. */
import { colourNames } from './colours.ts';
import type { Concept } from './concepts.ts';
import { coloured, countable, counted } from './phrases.ts';
import type { EmojiSet } from './set.ts';
import { shapeNames } from './shapes.ts';

/** Captions and parts of captions; each word of any canonical caption of the kept concepts occurs in one of them. */
export function captionVocabulary(set: EmojiSet, keep: (concept: Concept) => boolean = ({ core }) => core): string[] {
  const phrases = set.concepts.filter(keep).map(({ phrase }) => phrase);
  const shapes = shapeNames.flatMap((shape) => colourNames.map((colour) => coloured(`a ${shape}`, colour)));
  const things = [...phrases, ...shapes];
  const several = things.filter(countable).flatMap((phrase) => [2, 3, 4, 5].map((count) => counted(phrase, count)));
  const painted = phrases.filter(countable).map((phrase) => coloured(phrase, 'orange'));
  return [
    ...things,
    ...several,
    ...painted,
    ...colourNames.map((colour) => coloured('a thing', colour)),
    'to the left of',
    'to the right of',
    'above',
    'below',
    'a cat, a dog and a car',
  ];
}
