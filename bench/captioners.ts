/** The three captioners, in every precision: at work, from a cold start, and over many pictures. */
import { existsSync } from 'node:fs';
import { ask, type Case, type Heading, type Measure, type StageRow, stage } from './case.ts';
import { peers, type Side } from './job.ts';
import { photo, places, sentence } from './models.ts';
import { captionOurs, captionPeer } from './processes.ts';

interface Captioner {
  name: string;
  title: string;
  model: string;
  stages: readonly StageRow[];
  /** Runs of each side at work; those of the others are fewer. Default: as many as asked for. */
  most?: number;
  /** Photographs of the throughput. */
  photos: number;
  /** At most so many milliseconds from the start of the process to the first caption. */
  firstCaption?: number;
}

/** Tokens of a caption. */
const written = 20;
const question = sentence(8);
const captions = Array.from({ length: 32 }, (_, i) => sentence(8 + (i % 5), i + 1));

const encoderAims = { fp32: 1.3, q8: 3.5 };
const captionAims = { fp32: 1.5, q8: 4, q4: 4 };

/** Those of the table: the captioner inside, and two of full size. */
export const captioners: readonly Captioner[] = [
  {
    name: 'captioner',
    title: 'Default captioner (80 px)',
    model: places.captioner,
    stages: [
      stage('open', 'open', places.captioner, { title: 'opening' }),
      stage('encoder', 'encoder', places.captioner, { title: 'encoder', aims: encoderAims, warmup: 20, repeat: 40 }),
      stage('greedy', 'caption', places.captioner, {
        ...{ title: 'caption, greedy, 20 tokens', aims: captionAims },
        ...{ tokens: written, warmup: 5, repeat: 15 },
      }),
    ],
    photos: 200,
    firstCaption: 1000,
  },
  {
    name: 'git',
    title: 'GIT-base (224 px)',
    model: places.git,
    stages: [
      stage('open', 'open', places.git, { title: 'opening' }),
      stage('encoder', 'encoder', places.git, { title: 'encoder', aims: encoderAims, repeat: 5 }),
      stage('encoder8', 'encoder', places.git, { title: 'encoder, 8 pictures', aims: encoderAims, batch: 8 }),
      stage('greedy', 'caption', places.git, {
        ...{ title: 'caption, greedy, 20 tokens', aims: captionAims, tokens: written, repeat: 3 },
      }),
      stage('beams', 'caption', places.git, { title: 'caption, 4 beams, 20 tokens', beams: 4, tokens: written }),
      stage('answer', 'answer', places.git, {
        ...{ title: 'answer of 5 tokens to a question of 8', texts: [question], tokens: 5, repeat: 3 },
      }),
    ],
    photos: 24,
  },
  {
    name: 'blip',
    title: 'BLIP-base (384 px)',
    model: places.blip,
    stages: [
      stage('open', 'open', places.blip, { title: 'opening' }),
      stage('encoder', 'encoder', places.blip, { title: 'encoder', aims: encoderAims, repeat: 4 }),
      stage('encoder4', 'encoder', places.blip, { title: 'encoder, 4 pictures', aims: encoderAims, batch: 4 }),
      stage('greedy', 'caption', places.blip, {
        ...{ title: 'caption, greedy, 20 tokens', aims: captionAims, tokens: written, repeat: 2 },
      }),
      stage('beams', 'caption', places.blip, { title: 'caption, 3 beams, 20 tokens', beams: 3, tokens: written }),
      stage('answer', 'answer', places.blipVqa, {
        ...{ title: 'answer of 5 tokens to a question of 8', texts: [question], tokens: 5, repeat: 2 },
      }),
      stage('match', 'match', places.blipItm, { title: 'match of a picture with 32 texts', texts: captions }),
    ],
    photos: 16,
    most: 2,
  },
];

const inTurn = ['fp32', 'eager', 'q8', 'int8', 'q4', 'compile'] as const;
/** What compiles for a minute is not for a cold start. */
const startable = inTurn.filter((side) => side !== 'compile');

export function casesOf({ name, title, model, stages, photos, most, firstCaption }: Captioner): Case[] {
  const settings = { model, batch: 1, warmup: 1, repeat: 1, picture: places.picture, stages };
  const models = [...new Set(stages.map((stage) => stage.model))];
  const row = (heading: Heading) => ({ ...heading, title: `${title}, ${heading.title}` });
  const each = (some: readonly Side[], measure: (side: Side) => Measure): Case['sides'] =>
    Object.fromEntries(some.map((side) => [side, measure(side)]));
  const photographs = Array.from({ length: photos }, (_, i) => photo(i));
  return [
    {
      name,
      rows: stages.map((stage) => ({ ...row(stage), value: stage.name, unit: 'ms' })),
      sides: each(inTurn, (side) => ask('tasks', settings, side)),
      most: { fp32: most, eager: most, q8: 2, q4: 2, int8: 2, compile: 1 },
      needs: models,
      packs: models,
    },
    {
      name: `${name}-cold`,
      rows: [
        {
          ...row({ title: 'process start to first caption', aims: { fp32: 4 }, atMost: firstCaption }),
          ...{ value: 'ms', unit: 'ms' },
        },
        {
          ...row({ title: 'peak memory of that process', aims: { fp32: 1, q4: 1 / 0.35 } }),
          ...{ value: 'mb', unit: 'MiB' },
        },
      ],
      sides: each(startable, (side) => command(model, side, [places.picture])),
      needs: [model],
      packs: [model],
      missing: notBuilt,
    },
    {
      name: `${name}-many`,
      rows: [{ ...row({ title: `${photos} photographs, 8 at a time` }), value: 'rate', unit: 'pictures/s' }],
      sides: each(startable, (side) => command(model, side, photographs)),
      most: Object.fromEntries(startable.map((side) => [side, 1])),
      needs: [model, places.photos],
      packs: [model],
      missing: notBuilt,
    },
  ];
}

/** A command that captions pictures, each with exactly so many tokens. */
function command(model: string, side: Side, pictures: readonly string[]): Measure {
  if (peers.includes(side)) return (threads) => captionPeer([model, side, String(written), ...pictures], { threads });
  const exact = ['--min-tokens', String(written), '--max-tokens', String(written)];
  return (threads) => {
    const how = ['--model', model, '--dtype', side, '--threads', String(threads), ...exact];
    return captionOurs(places.command, [...pictures, ...how], { threads });
  };
}

const notBuilt = () => (existsSync(places.command) ? undefined : 'dist is missing: npm run build');
