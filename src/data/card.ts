/** What a built set holds, counted: the tables of the data card. */
import type { Side } from './concepts.ts';
import { evaluationNames, evaluationSet } from './evaluation.ts';
import { type EmojiSet, type Maker, makers } from './set.ts';

export interface MakerTerms {
  name: string;
  /** The package that the drawings come from. */
  package: string;
  licence: string;
  credit: string;
  use: 'training' | 'evaluation';
}

/** Whose drawings they are and on what terms. */
export const makerTerms: Record<Maker, MakerTerms> = {
  twitter: {
    name: 'Twemoji',
    package: 'emoji-datasource-twitter',
    licence: 'CC-BY-4.0',
    credit: 'Twitter, Inc and other contributors',
    use: 'evaluation',
  },
  google: {
    name: 'Noto Emoji',
    package: 'emoji-datasource-google',
    licence: 'Apache-2.0',
    credit: 'Google LLC',
    use: 'training',
  },
  fluent: {
    name: 'Fluent Emoji Flat',
    package: '@iconify-json/fluent-emoji-flat',
    licence: 'MIT',
    credit: 'Microsoft Corporation',
    use: 'training',
  },
  emojione: {
    name: 'EmojiOne 2.3',
    package: '@iconify-json/emojione',
    licence: 'CC-BY-4.0',
    credit: 'Emoji One and the EmojiTwo contributors',
    use: 'training',
  },
  fxemoji: {
    name: 'Firefox OS Emoji',
    package: '@iconify-json/fxemoji',
    licence: 'Apache-2.0',
    credit: 'Mozilla Foundation',
    use: 'training',
  },
  openclipart: {
    name: 'Open Clip Art Library 0.18',
    package: 'openclipart-svg (Debian)',
    licence: 'public domain',
    credit: 'the contributors named in each file',
    use: 'training',
  },
  stamps: {
    name: "Tux Paint's stamps",
    package: 'tuxpaint-stamps-default (Debian)',
    licence: 'GPL-2.0, never redistributed',
    credit: 'the Tux Paint contributors',
    use: 'evaluation',
  },
};

export interface SetCard {
  makers: (MakerTerms & { maker: Maker; drawings: number; core: number; concepts: number })[];
  sides: Record<Side, { concepts: number; groups: number; drawings: number }>;
  /** Core concepts by super-class. */
  superclasses: Record<string, number>;
  evaluation: Record<string, number>;
  concepts: number;
  coreConcepts: number;
  /** Drawings that may be trained on: core concepts of the training side by the training makers. */
  trainingDrawings: number;
  skipped: number;
}

/** Counts of a set; drawings count once each, whatever captions they get. */
export function setCard(set: EmojiSet): SetCard {
  const core = set.concepts.filter((concept) => concept.core);
  const coreSprites = set.sprites.filter(({ concept }) => set.concepts[concept].core);
  const side = (name: Side) => {
    const concepts = core.filter((concept) => concept.side === name);
    return {
      concepts: concepts.length,
      groups: new Set(concepts.map(({ group }) => group)).size,
      drawings: coreSprites.filter(({ concept }) => set.concepts[concept].side === name).length,
    };
  };
  const superclasses: Record<string, number> = {};
  for (const { superclass } of core) superclasses[superclass] = (superclasses[superclass] ?? 0) + 1;
  return {
    makers: makers.map((maker) => {
      const mine = coreSprites.filter((sprite) => sprite.maker === maker);
      return {
        maker,
        ...makerTerms[maker],
        drawings: set.sprites.filter((sprite) => sprite.maker === maker).length,
        core: mine.length,
        concepts: new Set(mine.map(({ concept }) => concept)).size,
      };
    }),
    sides: { train: side('train'), 'val-unseen': side('val-unseen'), 'test-unseen': side('test-unseen') },
    superclasses,
    evaluation: Object.fromEntries(evaluationNames.map((name) => [name, evaluationSet(set, name).size])),
    concepts: set.concepts.length,
    coreConcepts: core.length,
    trainingDrawings: coreSprites.filter(
      ({ concept, maker }) => set.concepts[concept].side === 'train' && makerTerms[maker].use === 'training',
    ).length,
    skipped: set.index.skipped.length,
  };
}

/** The card's tables in Markdown. */
export function cardTables(card: SetCard): string {
  const makerRows = card.makers.map(
    ({ name, package: source, licence, use, drawings, core, concepts }) =>
      `| ${name} | \`${source}\` | ${licence} | ${drawings} | ${core} | ${concepts} | ${use} |`,
  );
  const sideRows = Object.entries(card.sides).map(
    ([side, { concepts, groups, drawings }]) => `| ${side} | ${concepts} | ${groups} | ${drawings} |`,
  );
  return [
    '| drawings | package | licence | all | core | core concepts | use |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...makerRows,
    '',
    '| side | core concepts | groups | drawings by all makers |',
    '| --- | --- | --- | --- |',
    ...sideRows,
    '',
    '| evaluation set | pictures |',
    '| --- | --- |',
    ...Object.entries(card.evaluation).map(([name, size]) => `| ${name} | ${size} |`),
    '',
    '| super-class | core concepts |',
    '| --- | --- |',
    ...Object.entries(card.superclasses)
      .sort(([, a], [, b]) => b - a)
      .map(([name, count]) => `| ${name} | ${count} |`),
  ].join('\n');
}
