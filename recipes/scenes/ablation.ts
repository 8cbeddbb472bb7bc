/** One model trained several times, each time with other pre-training objectives, and every time tuned and tried alike. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoint, readTensors, writeSafetensors } from '../../src/checkpoint/index.ts';
import { ParameterList, type Tensor } from '../../src/core/index.ts';
import { compile } from '../../src/runtime/index.ts';
import { weightsFor } from '../../src/train/index.ts';
import { type Batch, type Lesson, learn, type Weights } from './learn.ts';
import { type Accuracy, accuracyOf } from './scores.ts';
import type { Asked, SceneSet } from './set.ts';
import { priorOf } from './setup.ts';

/** A model, as far as the ablation knows it. */
export interface Student<Objective extends string = string> {
  pretraining(parameters: ParameterList, objectives: readonly Objective[]): Readonly<Record<string, Lesson>>;
  /** Answering; a blind model never sees a picture. */
  tuning(parameters: ParameterList, blind: boolean): Lesson;
  answering(parameters: ParameterList): {
    /** [questions, answers] */
    logits: Tensor;
    ask(asked: readonly Asked[], blind: boolean): Batch;
  };
  /** The bias of the answering head. */
  prior: string;
  save(folder: string, weights: Weights): Promise<void>;
}

/** A way of training: its pre-training objectives, none for a model that is only tuned. */
export interface Row<Objective extends string = string> {
  name: string;
  objectives: readonly Objective[];
  blind?: boolean;
}

export interface Settings {
  out: string;
  /** Steps of pre-training and of tuning, each with its peak rate. */
  steps: number;
  tune: number;
  rate: number;
  tuneRate: number;
}

export interface Trained {
  row: Row;
  seed: number;
  pretrained?: Weights;
  tuned: Weights;
  heldOut: Accuracy;
  otherHand: Accuracy;
  /** Which of the held-out questions were answered right. */
  right: boolean[];
}

/** Trains and tries one row. Stages that an earlier run finished are read, not run again. */
export async function trainRow<Objective extends string>(
  student: Student<Objective>,
  set: SceneSet,
  row: Row<Objective>,
  seed: number,
  { out, steps, tune, rate, tuneRate }: Settings,
): Promise<Trained> {
  const { name, objectives, blind = false } = row;
  const folder = join(out, 'weights');
  mkdirSync(folder, { recursive: true });
  const stage = async (part: string, work: () => Promise<Weights>): Promise<Weights> => {
    const file = join(folder, `${name.replaceAll(/[^a-z-]+/gi, '-')}-${seed}-${part}.safetensors`);
    if (!existsSync(file)) {
      console.error(`${name}, seed ${seed}: ${part}`);
      await writeSafetensors(file, await work());
    }
    return readTensors(await openCheckpoint(file));
  };
  const pretrained =
    objectives.length > 0
      ? await stage('pretrained', () => {
          const parameters = new ParameterList();
          return learn(parameters, student.pretraining(parameters, objectives), { steps, rate, seed });
        })
      : undefined;
  const tuned = await stage('tuned', () => {
    const parameters = new ParameterList();
    const answering = student.tuning(parameters, blind);
    const from = new Map([...(pretrained ?? []), [student.prior, priorOf(set.asked, set.answers)]]);
    return learn(parameters, { answering }, { steps: tune, rate: tuneRate, seed, from });
  });
  const answer = (asked: readonly Asked[]) => answersOf(student, set.answers, tuned, asked, blind);
  const [heldOut, otherHand] = [await answer(set.heldOut), await answer(set.otherHand)];
  const trained = {
    row,
    seed,
    pretrained,
    tuned,
    heldOut: accuracyOf(set.heldOut, heldOut),
    otherHand: accuracyOf(set.otherHand, otherHand),
    right: set.heldOut.map(({ answer }, i) => answer === heldOut[i]),
  };
  console.error(`${name}, seed ${seed}: ${trained.heldOut.all.toFixed(1)}% of held-out questions`);
  return trained;
}

/** Questions that are answered at once. */
const atOnce = 32;

/** The likeliest answer to every question. */
async function answersOf<Objective extends string>(
  student: Student<Objective>,
  answers: readonly string[],
  weights: Weights,
  asked: readonly Asked[],
  blind: boolean,
): Promise<string[]> {
  const { logits, ask } = student.answering(new ParameterList());
  await using program = await compile({ logits }, { threads: 1 });
  const given: string[] = [];
  for (let start = 0; start < asked.length; start += atOnce) {
    const part = asked.slice(start, start + atOnce);
    const feeds = { ...weightsFor(program, weights), ...ask(part, blind) };
    const used = Object.fromEntries(Object.entries(feeds).filter(([name]) => program.inputs.includes(name)));
    const data = (await program.run(used)).logits.data as Float32Array;
    for (const row of part.keys()) {
      const scores = data.subarray(row * answers.length, (row + 1) * answers.length);
      given.push(answers[scores.indexOf(Math.max(...scores))]);
    }
  }
  return given;
}
