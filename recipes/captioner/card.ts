/** The model card, written from measured scores. */
import type { RunState } from '../../src/train/checkpoints.ts';
import type { SetScores } from './scores.ts';
import { side } from './setup.ts';

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

export function modelCard(
  scores: readonly SetScores[],
  { step, seconds, settings }: RunState,
  { before, parameters }: { before: number; parameters: number },
): string {
  const find = (name: string) => scores.find((set) => set.name === name);
  const [seen, scenes] = [find('val-seen')!, find('scenes')!];
  return `# The default captioner

A small GIT (arXiv 2205.14100) that this project trained from nothing: a picture encoder of 5 blocks and a text decoder
of 2, width 192, pictures of ${side} × ${side} pixels in patches of 16, ${(parameters / 1e6).toFixed(1)} million parameters, stored in half precision. English.

It says what a drawing shows when the drawing shows one everyday thing, or a few of them in a simple arrangement.

**This is an early version.** On things that it was trained on, drawn by a maker that it never saw, its caption is right
for ${percent(seen.rows[0].exact)} of ${seen.pictures} pictures; answering with the caption of the training picture that looks most alike, pixel by pixel,
is right for ${percent(seen.rows[1].exact)}. On scenes both are right for ${percent(scenes.rows[0].exact)} and ${percent(scenes.rows[1].exact)}. It needs longer training; the recipe says how to go on from here.

## What it cannot do

- It knows about 700 things, and confuses those that look alike. Shown anything else, it names one of them with
  confidence: the tables for unseen things below show that it is then almost never right.
- It learnt from drawings and clip art. Photographs of real scenes are outside what it was made for.
- In scenes it mostly gets the form of the sentence and plain colours right, seldom every thing and count in it.
- It does not read text, recognise people, or tell what somebody is doing.
- It squeezes every picture to a square. Details of less than about a tenth of the picture are lost.

## Training

\`npx tsx recipes/default-captioner.ts\` on the emoji-5 set and scenes made from it (docs/data-card.md): the last ${step} steps of 32
pictures took ${Math.round(seconds / 60)} minutes on two shared cores, after ${before} more in earlier runs whose weights they went on from; AdamW, cosine rate from ${(settings.schedule as { peak: number }).peak}, GIT's objective (label smoothing 0.1)
beside a bag-of-words objective on the encoder (recipes/captioner/objective.ts), weights averaged.
\`npx tsx recipes/export-captioner.ts\` wrote this folder and this card.

## Scores

Greedy captions. A caption matches exactly when it is one of the sample's right captions. Scenes are synthetic. The
pixel baseline answers with the caption of the nearest of 6,000 clean training pictures on a 16 × 16 grid.

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
