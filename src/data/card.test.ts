import { expect, test } from 'vitest';
import { cardTables, setCard } from './card.ts';
import { testSet } from './testing.ts';

test('the card counts concepts, drawings and evaluation sets', () => {
  const card = setCard(testSet());
  expect(card).toMatchObject({
    concepts: 8,
    coreConcepts: 8,
    trainingDrawings: 12,
    superclasses: { tool: 8 },
    skipped: 0,
  });
  expect(card.sides).toEqual({
    train: { concepts: 6, groups: 6, drawings: 24 },
    'val-unseen': { concepts: 1, groups: 1, drawings: 4 },
    'test-unseen': { concepts: 1, groups: 1, drawings: 4 },
  });
  expect(card.makers.find(({ maker }) => maker === 'twitter')).toMatchObject({
    drawings: 8,
    use: 'evaluation',
    licence: 'CC-BY-4.0',
  });
  const tables = cardTables(card);
  expect(tables).toContain('| train | 6 | 6 | 24 |');
  expect(tables).toContain('| scenes | 600 |');
});
