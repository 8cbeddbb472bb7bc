/**
 * A small ViLT (arXiv 2102.03334) pre-trained on scenes and tuned to answer questions about them, with and without each of
 * its objectives, beside a model that never sees a picture.
 *
 *     npx sightread data build --out .cache/emoji-5
 *     npx tsx recipes/vilt-scenes.ts --ablate --seed 1,2 --out runs/vilt-scenes
 *
 * Of 500 held-out questions, seeds 1 and 2 (scenes/vilt-report.json, docs/vilt.md), each ± 2.1%: all objectives 35.4 and 34.2%, words and matching
 * 33.4 and 33.8, words 39.0 and 34.4, matching and alignment 33.4 and 30.0, no pre-training 33.2 and 33.8, blind 21.4 and 21.6, the most frequent
 * answer of the kind 20.8. So pictures are read, and no objective is shown to help at this length. Less than a minute of one core a row.
 */
import { openRecipe, runRecipe } from './scenes/run.ts';
import { viltStudent } from './scenes/vilt.ts';

const recipe = await openRecipe({
  out: 'runs/vilt-scenes',
  scenes: 2000,
  asked: 6000,
  steps: 300,
  tune: 300,
  rate: 1e-3,
});

await runRecipe(recipe, {
  student: viltStudent(recipe.set),
  rows: [
    { name: 'words + matching + alignment', objectives: ['words', 'matching', 'alignment'] },
    { name: 'blind', objectives: [], blind: true },
    { name: 'no pre-training', objectives: [] },
    { name: 'words', objectives: ['words'] },
    { name: 'words + matching', objectives: ['words', 'matching'] },
    { name: 'matching + alignment', objectives: ['matching', 'alignment'] },
  ],
  sourceOf: async ({ picture }) => picture,
});
