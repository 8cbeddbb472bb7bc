/** One full-size model on our side: asked as a user would, and its stored case verified. */
import { load, need } from '../../src/models/load.ts';
import type { LoadedModel } from '../../src/models/model.ts';
import { verifyModel } from '../../src/verify/model-case.ts';
import type { FullSizeAnswer, FullSizeJob } from '../full-size.ts';

const job = JSON.parse(process.argv[2]) as FullSizeJob;
const { task, picture, texts, question, answers, tokens } = job;
// The task first: the greatest memory is then that of a user's process.
const asked = task === 'similarity' ? undefined : await ask();
const checks = job.original ? [] : await verifyModel(job.model);
console.log(JSON.stringify({ values: {}, proof: [], ...asked, checks } satisfies FullSizeAnswer));

/** From the folder's name to results, by what `load` gives. */
async function ask(): Promise<Pick<FullSizeAnswer, 'values' | 'proof'>> {
  const start = performance.now();
  await using model = await load(job.model, { threads: job.threads });
  const results = resultsOf(model);
  const proof = [...(await results.next()).value!];
  const ms = performance.now() - start;
  const mb = process.resourceUsage().maxRSS / 1024;
  for await (const more of results) proof.push(...more);
  return { values: { ms, mb }, proof };
}

/** The first result, then the others. */
async function* resultsOf(model: LoadedModel): AsyncGenerator<FullSizeAnswer['proof'], undefined> {
  if (task === 'match') {
    const scores = await need(model, 'compare')(picture, texts);
    yield [...scores.map(({ match }) => match!), ...scores.map(({ cosine }) => cosine!)];
  } else if (task === 'classify') {
    const ranked = await need(model, 'rankAnswers')(picture, question, answers);
    yield ranked.slice(0, 20).flatMap(({ text, score }) => [text, score]);
  } else {
    for (const beams of job.searches) {
      const options = { beams, maxNewTokens: tokens };
      const { text, score } =
        task === 'answer'
          ? await need(model, 'answer')(picture, question, options)
          : (await need(model, 'caption')([picture], options))[0];
      yield [text, score];
    }
    if (task === 'answer') {
      const ranked = await need(model, 'rankAnswers')(picture, question, answers);
      yield ranked.flatMap(({ text, score }) => [text, score]);
    }
  }
}
