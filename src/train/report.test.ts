import { expect, test } from 'vitest';
import type { LogEntry } from './log.ts';
import { reportHtml } from './report.ts';

const pixel = 'data:image/png;base64,iVBORw0KGgo=';
const log: LogEntry[] = [
  {
    kind: 'start',
    step: 0,
    time: '2025-01-01T00:00:00Z',
    settings: { steps: 1000, optimizer: { decay: 0.05 }, name: '<b>' },
  },
  ...Array.from({ length: 1000 }, (_, i) => ({
    kind: 'step' as const,
    step: i + 1,
    loss: 5 / (1 + i / 100),
    rate: 1e-3,
    norm: 1,
    ms: 50,
    waited: 5,
    examples: 16,
    metrics: { accuracy: i / 1000 },
  })),
  { kind: 'evaluation', step: 500, scores: { exact: 0.25 } },
  {
    kind: 'evaluation',
    step: 1000,
    scores: { exact: 0.5 },
    samples: [
      { picture: pixel, expected: 'a <red> cat', predicted: 'a <blue> cat' },
      { picture: 'https://elsewhere.example/x.png', predicted: 'a dog' },
    ],
  },
];
const html = reportHtml(log, 'Small & quick');
const figure = (title: string) => html.split('<figure>').find((part) => part.includes(`<figcaption>${title}<`));

test('the report has a curve for the loss, the rate, each metric and each validation score', () => {
  for (const title of [
    'Training loss',
    'Learning rate',
    'Training accuracy',
    'Validation: exact',
    'Examples per second',
  ])
    expect(figure(title), title).toMatch(/<polyline points="[\d.]+,[\d.]+ /);
  const points = (title: string) => /<polyline points="([^"]+)"/.exec(figure(title)!)![1].split(' ');
  expect(points('Validation: exact')).toHaveLength(2);
  const loss = points('Training loss').map((point) => Number(point.split(',')[1]));
  expect(loss.length).toBeLessThanOrEqual(240);
  // A falling loss goes down the page, where y grows.
  expect(loss).toEqual(loss.toSorted((a, b) => a - b));
});

test('it shows settings, throughput and predictions, and depends on nothing outside', () => {
  for (const text of ['optimizer.decay', '<dd>320</dd>', '1000 of 1000', pixel, 'Small &amp; quick', '&lt;b&gt;'])
    expect(html).toContain(text);
  expect(html).toContain('a &lt;blue&gt; cat');
  expect(html).not.toMatch(/<script|https?:\/\/|<link|url\(/);
});

test('a log without steps gives a page that says so', () => {
  expect(reportHtml([], 'Empty')).toContain('No step is done yet.');
});
