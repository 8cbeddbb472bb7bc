/** The model card, written from measured scores. */
import type { Stage } from './history.ts';
import type { SetScores } from './scores.ts';

const titles: Record<string, string> = {
  'val-seen': 'Things it was trained on, drawn by a maker it never saw (val-seen)',
  'test-seen-drawings': 'Things it was trained on, drawings of another collection (test-seen, drawings)',
  'test-seen-photos': 'Things it was trained on, photographs cut out on white (test-seen, photos)',
  'val-unseen': 'Things it was never shown (val-unseen)',
  'test-unseen': 'Things it was never shown (test-unseen)',
  scenes: 'Scenes of several things, by a maker it never saw',
};

const percent = (value: number) => `${(100 * value).toFixed(1)}%`;

function table({ name, pictures, rows }: SetScores): string {
  const lines = rows.map(
    ({ system, exact, wordF1, cider }) =>
      `| ${system} | ${percent(exact)} | ${percent(wordF1)} | ${cider.toFixed(2)} |`,
  );
  return [
    `### ${titles[name] ?? name}: ${pictures} pictures`,
    '',
    '| | exact match | word F1 | CIDEr-D |',
    '| --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

const samples = ({ examples }: SetScores) =>
  ['| right | written |', '| --- | --- |', ...examples.map(([right, written]) => `| ${right} | ${written} |`)].join(
    '\n',
  );

/** How the two systems to compare did on a set: the captioner, and the nearest picture by pixels. */
const against = ({ rows }: SetScores) => `${percent(rows[0].exact)} against ${percent(rows[1].exact)}`;

export function modelCard(
  scores: readonly SetScores[],
  { stages, side, parameters }: { stages: readonly Stage[]; side: number; parameters: number },
): string {
  const find = (name: string) => scores.find((set) => set.name === name);
  const [seen, scenes] = [find('val-seen')!, find('scenes')!];
  const seenInTraining = stages.reduce((sum, { steps, batch }) => sum + steps * batch, 0);
  return `# The default captioner

A small GIT (arXiv 2205.14100) that this project trained from nothing: a picture encoder of 5 blocks and a text decoder
of 2, width 192, pictures of ${side} × ${side} pixels in patches of 16, ${(parameters / 1e6).toFixed(1)} million parameters, stored in half precision. English.

It says what a drawing shows when the drawing shows one everyday thing, or a few of them in a simple arrangement. On
${seen.pictures} drawings of things that it was trained on, by a maker that it never saw, its caption is exactly right for
${percent(seen.rows[0].exact)}; the caption of the training picture that looks most alike, pixel by pixel, is right for ${percent(seen.rows[1].exact)}. On ${scenes.pictures} scenes of
several things: ${against(scenes)}.

## What it cannot do

- It is often wrong, and never says so. It knows about 700 things and confuses those that look alike; shown anything
  else, it names one of them with confidence (the tables for unseen things below).
- It learnt from drawings and clip art. Photographs of real scenes are outside what it was made for.
- In scenes it mostly gets the form of the sentence and plain colours right, seldom every thing and count in it.
- It does not read text, recognise people, or tell what somebody is doing.
- It squeezes every picture to a square of ${side} pixels. Details of less than about a tenth of the picture are lost.

## Training

${Math.round(seenInTraining / 1000)},000 pictures of the emoji-5 set and scenes made from it (docs/data-card.md) through
\`recipes/default-captioner.ts\` in ${stages.length} stages, each from the weights of the one before: AdamW, cosine rate, GIT's objective
(label smoothing 0.1) beside a bag-of-words objective on the encoder (recipes/captioner/objective.ts), weights averaged.
\`recipes/export-captioner.ts\` wrote this folder and this card.

| stage | steps | pictures a step | side | highest rate | note |
| --- | --- | --- | --- | --- | --- |
${stages.map((s, i) => `| ${i + 1} | ${s.steps} | ${s.batch} | ${s.side} | ${s.rate} | ${s.note ?? `${s.mix}, ${s.styled}% in other styles`} |`).join('\n')}

## Scores

Greedy captions. A caption matches exactly when it is one of the sample's right captions. Scenes are synthetic. The
pixel baseline answers with the caption of the nearest of 6,000 clean training pictures of single things, or of 10,000
clean training scenes, on a 16 × 16 grid.

${scores.map(table).join('\n\n')}

## Samples, evenly chosen

Single things:

${samples(seen)}

Scenes:

${samples(scenes)}

## Licence and attribution

Apache-2.0. Learnt from Noto Emoji (Apache-2.0, Google), Fluent Emoji flat (MIT, Microsoft), EmojiOne 2 (CC-BY 4.0), FxEmoji
(Apache-2.0, Mozilla) and public-domain drawings of the Open Clip Art Library; names from Unicode CLDR (Unicode-3.0). Tested
on Twemoji (CC-BY 4.0, Twitter) and, where installed, on Tux Paint stamps (GPL-2), neither of which it was trained on.
`;
}
