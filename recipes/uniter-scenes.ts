/**
 * A small UNITER (arXiv 1909.11740) pre-trained on scenes and tuned to answer questions about them, with and without each of
 * its objectives, beside a model that never sees a region. Its regions are the boxes of the scenes' objects with features of
 * the small CenterNet, which the npm package @vladmandic/human carries.
 *
 *     npx sightread data build --out .cache/emoji-5
 *     npx tsx recipes/uniter-scenes.ts --ablate --out runs/uniter-scenes
 *
 * Of 500 held-out questions, seed 1, each ± 2.2% (scenes/uniter-report.json, docs/uniter.md): all objectives 42.8%; without words 43.0, matching
 * and alignment 42.0, alignment 39.6, features 42.8, distributions 39.4; with classes for distributions 40.2; no pre-training 43.2; blind 24.4;
 * the most frequent answer of the kind 21.6. So regions are read, and no objective is shown to help at this size. About a minute of one
 * core a row, and 2 minutes for the detector.
 */
import { writeRegions } from '../src/models/uniter/region-file.ts';
import { seenRegions } from './scenes/regions.ts';
import { openRecipe, runRecipe } from './scenes/run.ts';
import { uniterStudent } from './scenes/uniter.ts';

const recipe = await openRecipe({
  out: 'runs/uniter-scenes',
  scenes: 1000,
  asked: 6000,
  steps: 1000,
  tune: 800,
  rate: 6e-4,
});
const seen = await seenRegions(recipe.set, recipe.settings.out);

await runRecipe(recipe, {
  student: uniterStudent(recipe.set, seen),
  rows: [
    { name: 'all', objectives: ['words', 'matching', 'alignment', 'features', 'distributions'] },
    { name: 'blind', objectives: [], blind: true },
    { name: 'no pre-training', objectives: [] },
    { name: 'all but words', objectives: ['matching', 'alignment', 'features', 'distributions'] },
    { name: 'all but matching and alignment', objectives: ['words', 'features', 'distributions'] },
    { name: 'all but alignment', objectives: ['words', 'matching', 'features', 'distributions'] },
    { name: 'all but features', objectives: ['words', 'matching', 'alignment', 'distributions'] },
    { name: 'all but distributions', objectives: ['words', 'matching', 'alignment', 'features'] },
    { name: 'classes for distributions', objectives: ['words', 'matching', 'alignment', 'features', 'classes'] },
  ],
  async sourceOf(scene, path) {
    const file = `${path}.safetensors`;
    await writeRegions(file, seen.regions.get(scene)!);
    return file;
  },
  more: { detectorRightAbout: seen.agreement },
});
