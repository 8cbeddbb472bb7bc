/**
 * A small ViLT (arXiv 2102.03334) pre-trained on scenes and tuned to answer questions about them, with and without each of
 * its objectives, beside a model that never sees a picture.
 *
 *     npx sightread data build --out .cache/emoji-5
 *     npx tsx recipes/vilt-scenes.ts --ablate --out runs/vilt-scenes
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
    { name: 'words, matching, alignment', objectives: ['words', 'matching', 'alignment'] },
    { name: 'blind', objectives: [], blind: true },
    { name: 'no pre-training', objectives: [] },
    { name: 'words', objectives: ['words'] },
    { name: 'words, matching', objectives: ['words', 'matching'] },
    { name: 'matching, alignment', objectives: ['matching', 'alignment'] },
  ],
  sourceOf: async ({ picture }) => picture,
});
