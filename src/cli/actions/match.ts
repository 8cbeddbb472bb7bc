/** `sightread match`: how well each text fits each picture. */
import { need } from '../../models/load.ts';
import type { LoadedModel, TextScores } from '../../models/model.ts';
import type { MatchFlags } from '../commands/match.ts';
import { readTexts } from '../lists.ts';
import { loadModel } from '../model.ts';
import { rounded } from '../numbers.ts';
import { findPictures } from '../pictures.ts';
import { describe } from '../report.ts';
import type { Session } from '../session.ts';

export async function match(given: readonly string[], flags: MatchFlags, session: Session): Promise<void> {
  const texts = await readTexts(flags.text, '--text');
  const pictures = await findPictures(given, session, flags);
  await using model = await loadModel(flags, session);
  const compare = need(model, 'compare', 'match texts with pictures');
  const measures = measuresOf(model);
  await describe(pictures, session, {
    batch: 1,
    model,
    json: flags.json,
    named: true,
    header: ['image', 'text', ...measures],
    done: 'scored',
    work: async ([picture]) => {
      const scores = await compare(picture, texts, { signal: session.signal });
      const rows = scores.map((row, i) => ({
        text: [plain(texts[i]), ...measures.map((measure) => rounded(row[measure] as number))].join('\t'),
        fields: { text: texts[i], ...row, model: model.id },
      }));
      return [rows];
    },
  });
}

/** The scores that a file has, by the tasks that it serves. */
function measuresOf({ tasks }: LoadedModel): (keyof TextScores)[] {
  const measures = { match: 'match', embed: 'cosine', rank: 'rank' } as const;
  return (['match', 'embed', 'rank'] as const).flatMap((task) => (tasks.includes(task) ? [measures[task]] : []));
}

/** A cell of a table: what would break its line is a space. */
const plain = (text: string) => text.replace(/\s+/g, ' ');
