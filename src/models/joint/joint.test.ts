import { describe, expect, test } from 'vitest';
import { float32, ParameterList } from '../../core/index.ts';
import { rateRules } from '../meter/rates.ts';
import { meterSource } from '../meter/tasks.ts';
import { uniterConfig } from '../uniter/config.ts';
import { uniterSource } from '../uniter/tasks.ts';
import { viltConfig } from '../vilt/config.ts';
import { viltSource } from '../vilt/tasks.ts';
import { type Head, type JointSource, rankFromMatch, secondPictureFromFirst, traceHead } from './index.ts';

const roberta = { width: 768, layers: 12, heads: 12, hidden: 3072, activation: 'gelu' as const };
const meter = (heads: Head[]) =>
  meterSource(
    {
      text: { ...roberta, eps: 1e-5, vocabulary: 50265, positions: 514, types: 1, pad: 1 },
      vision: {
        ...roberta,
        kind: 'clip',
        layers: 11,
        activation: 'quick_gelu',
        eps: 1e-5,
        channels: 3,
        imageSize: 288,
        patchSize: 16,
        patchBias: false,
        preNorm: true,
      },
      fusion: { ...roberta, layers: 6, eps: 1e-12 },
      modalities: 2,
      images: 1,
      labels: [],
      dropout: { hidden: 0.1, attention: 0.1 },
    },
    heads,
  );

const processor = () => {
  throw new Error('no picture is processed when a model is counted');
};
const vilt = (heads: Head[], answers = 0) =>
  viltSource(
    viltConfig({
      model_type: 'vilt',
      id2label: Object.fromEntries(Array.from({ length: answers }, (_, i) => [i, String(i)])),
    }),
    heads,
    { processor },
  );
const uniter = (sizes: Record<string, number> = {}) => uniterSource(uniterConfig(sizes), ['rank']);
const large = { hidden_size: 1024, num_hidden_layers: 24, num_attention_heads: 16, intermediate_size: 4096 };

function listOf<Picture>(source: JointSource<Picture>): ParameterList {
  const list = new ParameterList();
  for (const head of source.heads) traceHead(source, head, list);
  return list;
}

describe('sizes of the published models', () => {
  test.each([
    ['ViLT-B/32 with a word head', () => listOf(vilt(['fill'])), 135_658_554],
    ['ViLT-B/32 with 3,129 answers', () => listOf(vilt(['classify'], 3129)), 117_588_537],
    ['ViLT-B/32 for retrieval', () => listOf(vilt(['rank'])), 111_595_008 + 769],
    ['UNITER-base for retrieval', () => listOf(uniter()), 109_898_752 + 769],
    ['UNITER-large for retrieval', () => listOf(uniter(large)), 335_695_872 + 1025],
    // The pre-training file less what nothing reads: CLIP's text positions and last norm, RoBERTa's pooler.
    ['METER after pre-training', () => listOf(meter(['match', 'fill'])), 358_530_139 - 77 * 512 - 2 * 512 - 769 * 768],
  ])('%s', (_, list, count) => {
    expect(list().count).toBe(count);
  });
});

test('METER’s new parts learn faster than its towers', () => {
  const rules = rateRules({ head: 50 });
  const paths = [...listOf(meter(['match', 'fill', 'rank']))].map(({ path }) => path);
  const factors = new Map(paths.map((path) => [path, rules.find(({ match }) => match.test(path))?.rate ?? 1]));
  expect(factors.get('text.words.weight')).toBe(1);
  expect(factors.get('vision.blocks.3.attn.q.weight')).toBe(1);
  expect(factors.get('modality.weight')).toBe(1);
  expect(factors.get('rank.weight')).toBe(1);
  expect(factors.get('projectText.weight')).toBe(5);
  expect(factors.get('pictureBlocks.5.crossNorm.bias')).toBe(5);
  expect(factors.get('picturePooler.weight')).toBe(5);
  expect(factors.get('fill.bias')).toBe(50);
  expect(factors.get('match.weight')).toBe(50);
});

describe('what tuning starts from', () => {
  const weights = () =>
    new Map([
      ['match.weight', float32([2, 2], [1, 2, 3, 4])],
      ['match.bias', float32([2], [5, 6])],
      ['modality.weight', float32([2, 2], [7, 8, 9, 10])],
    ]);

  test('ranking is the logit of "matches"', () => {
    const started = weights();
    rankFromMatch(started);
    expect(started.get('rank.weight')).toEqual(float32([1, 2], [3, 4]));
    expect(started.get('rank.bias')).toEqual(float32([1], [6]));
  });

  test('the second picture is marked like the first', () => {
    const started = weights();
    secondPictureFromFirst(started, 'modality.weight');
    expect(started.get('modality.weight')).toEqual(float32([3, 2], [7, 8, 9, 10, 9, 10]));
    expect(() => secondPictureFromFirst(started, 'types')).toThrow('types is not among the weights');
  });
});
