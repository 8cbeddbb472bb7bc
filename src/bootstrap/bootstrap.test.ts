/** CapFilt with models whose answers are known, and once with a tiny BLIP from its file. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { InputError } from '../core/index.ts';
import { openPairs, type Pair, readCoco, readFolder } from '../data/index.ts';
import { tarEntry } from '../data/readers/testing.ts';
import { decodeImage, encodePng } from '../image/index.ts';
import { noise, writeTinyBlip } from '../models/blip/testing.ts';
import { load } from '../models/load.ts';
import type { Candidate } from './candidates.ts';
import { type BootstrapOptions, bootstrap } from './index.ts';
import { namingModel, type RowOptions, seeingModel, testRows, webText } from './testing.ts';

// Seconds on an idle machine; on a busy one they multiply.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const root = mkdtempSync(join(tmpdir(), 'bootstrap-'));
const place = (name: string) => join(root, name);
afterAll(() => rmSync(root, { recursive: true }));

const models = () => ({ captioner: namingModel(), filter: seeingModel() });
const run = (out: string, rows: RowOptions, options: Partial<BootstrapOptions> = {}) =>
  bootstrap(testRows(rows), { ...models(), out: place(out), batch: 4, ...options });
const lines = (out: string, file = 'candidates.jsonl') =>
  readFileSync(join(place(out), file), 'utf8')
    .split('\n')
    .slice(0, -1);
const candidates = (out: string) => lines(out).map((line) => JSON.parse(line) as Candidate);

const spoilt = { count: 40, badRows: [5, 21], badPictures: [7, 30] };

describe('what is kept', () => {
  test('every candidate is recorded; texts that match make the new set, and readers open it', async () => {
    const report = await run('kept', spoilt);
    expect(report).toMatchObject({ finished: true, rows: 40, badRows: 2, pictures: 38, badPictures: 2 });
    const all = candidates('kept');
    for (let i = 0; i < 40; i++) {
      const own = all.filter(({ id }) => id === `${i}` || id === `row ${i}`);
      if (spoilt.badRows.includes(i)) expect(own).toEqual([{ id: `row ${i}`, fault: 'no text' }]);
      else if (spoilt.badPictures.includes(i))
        expect(own).toEqual([
          {
            id: `${i}`,
            source: 'web',
            from: expect.any(String),
            text: webText(i),
            kept: false,
            fault: expect.any(String),
          },
        ]);
      else {
        expect(own.map(({ source }) => source)).toEqual(['web', 'synthetic']);
        expect(own[0]).toMatchObject({ text: webText(i), kept: i % 4 !== 3, score: i % 4 === 3 ? 0.2 : 0.9 });
        expect(own[1].kept).toBe(own[1].score === 0.9);
      }
    }
    const { web, synthetic } = report.sources;
    expect(web).toMatchObject({ candidates: 38, unjudged: 2 });
    for (const [source, counts] of Object.entries({ web, synthetic })) {
      const own = all.filter((one) => one.source === source);
      const kept = own.filter((one) => one.kept).length;
      expect(counts).toMatchObject({ candidates: own.length, kept, keepRate: kept / own.length });
      expect(counts.histogram.reduce((a, b) => a + b)).toBe(own.length - counts.unjudged);
      expect(counts.histogram[18]).toBe(kept);
    }
    expect(synthetic.kept).toBeGreaterThan(5);
    expect(synthetic.kept).toBeLessThan(synthetic.candidates);
    expect(Object.values(report.outcomes).reduce((a, b) => a + b)).toBe(38);
    expect(Object.keys(report.files ?? {})).toEqual(['a.tar', 'b.tar']);

    const wanted = all.filter(({ kept }) => kept).map(({ text }) => text);
    for (const reader of [await readFolder(place('kept')), await readCoco(join(place('kept'), 'coco.json'))]) {
      const found: string[] = [];
      for await (const { image, captions } of reader) {
        found.push(...captions);
        expect((await decodeImage(image)).width).toBe(8);
      }
      expect(found).toEqual(wanted);
      expect(reader.report.bad).toEqual([]);
    }
  });

  test('the threshold moves the verdict, not the record', async () => {
    const options = { count: 12 };
    const all = await run('all', options, { threshold: 0.2 });
    expect(all.sources.web).toMatchObject({ kept: 12, keepRate: 1 });
    const none = await run('none', options, { threshold: 0.95 });
    expect(none.outcomes).toEqual({ both: 0, web: 0, synthetic: 0, neither: 12 });
    expect(existsSync(join(place('none'), 'images'))).toBe(false);
    const scores = (out: string) => candidates(out).map(({ text, score }) => [text, score]);
    expect(scores('none')).toEqual(scores('all'));
    await expect(run('no', options, { threshold: 2 })).rejects.toThrow('threshold: 2 is no probability');
  });

  test('texts of one picture are judged together, and it is captioned once; equal words are written once', async () => {
    await mkdir(place('pictures'));
    for (const [name, kind] of [
      ['a', 0],
      ['b', 2],
    ] as const) {
      const { data, ...rest } = noise(1, 8);
      await writeFile(place(`pictures/${name}.png`), await encodePng({ ...rest, data: data.fill(kind * 60) }));
    }
    const table = ['file_name\ttext', 'a.png\ta red square', 'a.png\tred', 'b.png\tred', 'gone.png\tx'];
    await writeFile(place('pictures/captions.tsv'), table.join('\n'));
    const seen: number[] = [];
    const captioner = namingModel((count) => seen.push(count), { sure: true });
    const report = await bootstrap(await openPairs(place('pictures')), {
      ...models(),
      captioner,
      out: place('together'),
    });
    expect(seen).toEqual([2]);
    expect(report).toMatchObject({ rows: 4, pictures: 2, badRows: 1, outcomes: { both: 1, synthetic: 1 } });
    const written = lines('together', 'metadata.jsonl').map((line) => JSON.parse(line));
    expect(written.map(({ text, source }) => [text, source])).toEqual([
      ['a red square', 'web'],
      ['red', 'web'],
      ['a blue square', 'synthetic'],
    ]);
    expect(written[0].file_name).toBe(written[1].file_name);
    const image = join(place('together'), written[0].file_name);
    expect(readFileSync(image)).toEqual(readFileSync(place('pictures/a.png')));
  });

  test('pairs that people wrote are added as they are, counted apart, and survive a stop', async () => {
    const options = () => ({ human: testRows({ count: 10, badRows: [2], badPictures: [6] }) });
    const report = await run('with-human', { count: 8 }, options());
    expect(report).toMatchObject({
      ...{ finished: true, rows: 8, badRows: 0, pictures: 8, badPictures: 0 },
      human: { rows: 10, badRows: 1, pictures: 9, badPictures: 1 },
      sources: { web: { candidates: 8, kept: 6 }, human: { candidates: 9, kept: 8, unjudged: 9 } },
    });
    expect(Object.values(report.outcomes).reduce((a, b) => a + b)).toBe(8);
    // Every fourth text is wrong, which the filter would drop.
    const human = candidates('with-human').filter(({ source }) => source === 'human');
    expect(human.map(({ kept, text }) => [kept, text])).toEqual(
      [0, 1, 3, 4, 5, 6, 7, 8, 9].map((i) => [i !== 6, webText(i)]),
    );
    expect(human.every(({ score }) => score === undefined)).toBe(true);
    const set = lines('with-human', 'metadata.jsonl').map((line) => JSON.parse(line));
    const added = set.filter(({ source }) => source === 'human');
    expect(added.map(({ text }) => text)).toEqual([0, 1, 3, 4, 5, 7, 8, 9].map(webText));
    for (const { file_name } of added) expect(existsSync(join(place('with-human'), file_name))).toBe(true);
    expect(new Set(set.map(({ file_name }) => file_name)).size).toBe(8 - report.outcomes.neither + 8);
    const page = readFileSync(join(place('with-human'), 'report.html'), 'utf8');
    expect(page).toContain('<h2>Human text kept</h2>');
    expect(page).toContain('<dt>Human pairs</dt><dd>9</dd>');

    const stop = new AbortController();
    const first = await run(
      'human-stopped',
      { count: 8 },
      {
        ...options(),
        signal: stop.signal,
        onProgress: ({ rows }) => rows > 8 && stop.abort(),
      },
    );
    expect(first).toMatchObject({ finished: false, human: { rows: 5 } });
    expect(await run('human-stopped', { count: 8 }, options())).toMatchObject({ finished: true });
    for (const file of ['candidates.jsonl', 'metadata.jsonl', 'coco.json'])
      expect(lines('human-stopped', file)).toEqual(lines('with-human', file));
  });

  test('what the models cannot do costs one text, not the batch', async () => {
    const captioner = namingModel(() => {}, { sure: true });
    const caption = captioner.caption!;
    captioner.caption = async (images, options) => {
      const texts = await caption(images, options);
      if (texts.some(({ text }) => text.includes('blue'))) throw new InputError('too blue to see');
      return texts.map((one) => (one.text.includes('grey') ? { ...one, text: ' ' } : one));
    };
    const filter = seeingModel();
    filter.match = async (_, texts) => texts.map((text) => (text === webText(1) ? Number.NaN : 1));
    await run('odd', { count: 4 }, { captioner, filter });
    expect(candidates('odd').filter(({ source }) => source === 'web')).toMatchObject([
      { score: 1, kept: true },
      { fault: 'the filter gives no number', kept: false },
      { score: 1, kept: true },
      { score: 1, kept: true },
    ]);
    const written = candidates('odd').filter(({ source }) => source === 'synthetic');
    expect(written.map(({ text, fault }) => text || fault)).toEqual([
      'a red square',
      'a green square',
      'too blue to see',
      'the text is empty',
    ]);
    const refusing = { ...models(), captioner: { ...seeingModel(), caption: undefined, tasks: ['match'] as const } };
    await expect(bootstrap(testRows({ count: 1 }), { ...refusing, out: place('no') })).rejects.toThrow(
      'seeing cannot caption; its file serves match',
    );
    expect(existsSync(place('no'))).toBe(false);
  });
});

describe('long sets', () => {
  test('memory does not grow with the set', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const used: number[] = [];
    let [asked, done] = [0, 0];
    let ahead = 0;
    await run(
      'long',
      {
        count: 4000,
        // 64 kB a picture once it is decoded: 250 MB in all.
        side: 147,
        onRow: (row) => {
          asked = row;
          ahead = Math.max(ahead, asked - done);
        },
      },
      {
        batch: 50,
        threshold: 0.95,
        onProgress: ({ rows }) => {
          done = rows;
          if (rows !== 1000 && rows !== 4000) return;
          collect();
          const { heapUsed, arrayBuffers } = process.memoryUsage();
          used.push(heapUsed + arrayBuffers);
        },
      },
    );
    expect(ahead).toBeLessThanOrEqual(51);
    expect(used.length).toBe(2);
    expect(used[1] - used[0]).toBeLessThan(4e6);
    expect(statSync(join(place('long'), 'progress.json')).size).toBeLessThan(4000);
  });

  test('the report shows a fair few pictures of each kind', async () => {
    await run('shown', { count: 200 });
    const page = readFileSync(join(place('shown'), 'report.html'), 'utf8');
    expect(page.match(/<h2>[^<]* (kept|dropped)<\/h2>/g)?.length).toBe(4);
    expect(page.match(/class="sample /g)?.length).toBe(48);
    expect(page).not.toMatch(/(?:src|href)="(?!data:)/);
    const shelf = JSON.parse(readFileSync(join(place('shown'), 'samples.json'), 'utf8'))['web text kept'];
    const places = (shelf as { place: number }[]).map((one) => one.place);
    expect(Math.max(...places)).toBeGreaterThan(100);
    expect(new Set(places).size).toBe(12);
  });
});

describe('stopping and going on', () => {
  const rows = { ...spoilt, count: 60 };
  const lasting = ['candidates.jsonl', 'metadata.jsonl', 'coco.json', 'samples.json'];
  const sameAs = (out: string, whole: string) => {
    for (const file of lasting) expect(lines(out, file)).toEqual(lines(whole, file));
    const report = (name: string) => {
      const { seconds, picturesPerSecond, ...rest } = JSON.parse(lines(name, 'report.json').join('\n'));
      return rest;
    };
    expect(report(out)).toEqual(report(whole));
    const images = (name: string) => (readdirSync(place(name), { recursive: true }) as string[]).sort();
    expect(images(out)).toEqual(images(whole));
  };

  test('a run that is killed at any point goes on to the same set, nothing twice and nothing lost', async () => {
    await run('whole', rows);
    let batch = 0;
    for (const killed of ['killed-early', 'killed-late']) {
      batch = 0;
      const at = killed === 'killed-early' ? 3 : 11;
      await run(`of-${killed}`, rows, {
        onProgress: () => {
          if (++batch === at) cpSync(place(`of-${killed}`), place(killed), { recursive: true });
        },
      });
      // What the next batch had written when the process died.
      await appendFile(join(place(killed), 'candidates.jsonl'), `${lines('whole')[0]}\n{"id":"16","sour`);
      await appendFile(join(place(killed), 'metadata.jsonl'), '{"file_na');
      await writeFile(join(place(killed), 'progress.json.writing'), '{');
      const asked: number[] = [];
      const captioner = namingModel((count) => asked.push(count));
      await run(killed, rows, { captioner });
      expect(asked.reduce((a, b) => a + b)).toBeLessThan(60 - 4 * at + 1);
      rmSync(join(place(killed), 'progress.json.writing'), { force: true });
      sameAs(killed, 'whole');
    }
  });

  test('a set in archives goes on where it stopped: what is done is not read again', async () => {
    const entries = async (shard: number) => {
      const parts: Buffer[] = [];
      let i = 0;
      for await (const row of testRows({ count: 12 })) {
        const name = `${shard}-${String(i++).padStart(2, '0')}`;
        const { text, picture } = row as Pair;
        parts.push(...tarEntry(`${name}.png`, (picture as { bytes: Uint8Array }).bytes));
        parts.push(...tarEntry(`${name}.txt`, text));
      }
      return Buffer.concat([...parts, Buffer.alloc(1024)]);
    };
    await mkdir(place('shards'));
    for (const shard of [1, 2]) await writeFile(place(`shards/${shard}.tar`), await entries(shard));
    const shards = place('shards/{1,2}.tar');
    const go = async (out: string, more: Partial<BootstrapOptions> = {}) =>
      await bootstrap(await openPairs(shards), { ...models(), out: place(out), batch: 4, ...more });
    await go('shards-whole');
    const stop = new AbortController();
    let batch = 0;
    await go('shards-stopped', { signal: stop.signal, onProgress: () => ++batch === 4 && stop.abort() });
    await writeFile(place('shards/1.tar'), 'read again');
    expect(await go('shards-stopped')).toMatchObject({ finished: true, badRows: 0, pictures: 24 });
    sameAs('shards-stopped', 'shards-whole');
  });

  test('a signal ends the work after a whole batch', async () => {
    const stop = new AbortController();
    let batch = 0;
    const stopped = await run('stopped', rows, {
      signal: stop.signal,
      captioner: namingModel(() => ++batch === 4 && stop.abort()),
    });
    expect(stopped).toMatchObject({ finished: false, pictures: 12 });
    expect(readFileSync(join(place('stopped'), 'report.html'), 'utf8')).toContain('Stopped before the end');
    expect((await readCoco(join(place('stopped'), 'coco.json'))).report.bad).toEqual([]);
    expect(await run('stopped', rows)).toMatchObject({ finished: true });
    sameAs('stopped', 'whole');
    expect(await run('stopped', rows)).toMatchObject({ finished: true, rows: 60 });
    sameAs('stopped', 'whole');
  });

  test('a limit is a stop too', async () => {
    expect(await run('limited', rows, { limit: 22 })).toMatchObject({ finished: true, rows: 22 });
    expect(lines('limited').length).toBeLessThan(45);
    expect(await run('limited', rows)).toMatchObject({ rows: 60 });
    const ids = candidates('limited').filter(({ source }) => source !== 'synthetic');
    expect(ids.map(({ id }) => id.replace('row ', ''))).toEqual(Array.from({ length: 60 }, (_, i) => `${i}`));
  });

  test('other settings, another maker and a damaged folder are refused, and left as they are', async () => {
    const before = lines('whole');
    await expect(run('whole', rows, { threshold: 0.6 })).rejects.toThrow(
      /whole: the set there was begun otherwise \(threshold was 0\.5, is 0\.6\); choose another folder/,
    );
    await expect(run('whole', rows, { seed: 4 })).rejects.toThrow('seed was 0, is 4');
    expect(lines('whole')).toEqual(before);
    await mkdir(place('mine'));
    await writeFile(join(place('mine'), 'metadata.jsonl'), 'mine');
    await expect(run('mine', rows)).rejects.toThrow(
      /metadata\.jsonl: is there already, and no progress\.json beside it/,
    );
    expect(await readFile(join(place('mine'), 'metadata.jsonl'), 'utf8')).toBe('mine');
    cpSync(place('whole'), place('short'), { recursive: true });
    await writeFile(join(place('short'), 'candidates.jsonl'), '');
    await expect(run('short', rows)).rejects.toThrow(/candidates\.jsonl: has 0 bytes where progress\.json counts/);
    await writeFile(place('a-file'), '');
    await expect(run('a-file', rows)).rejects.toThrow(/a-file.*cannot be (read|written)/);
  });
});

test('a tiny BLIP captions and filters; its seed and batch decide what it says', async () => {
  await writeTinyBlip(place('blip'), { encoder: true, decoder: true, heads: true });
  await using model = await load(place('blip'));
  async function* pairs(): AsyncGenerator<Pair> {
    for (let i = 0; i < 6; i++)
      yield { id: `${i}`, text: 'two dogs', source: 't', picture: { bytes: await encodePng(noise(i)) } };
  }
  const blip = async (name: string, seed: number) => {
    const writing = { sample: true, topP: 0.9, topK: 0, maxNewTokens: 5, prompt: 'a red' };
    const options = { captioner: model, filter: model, out: place(name), batch: 3, seed, writing };
    await bootstrap(pairs(), options);
    return candidates(name);
  };
  const [first, second, other] = [await blip('one', 1), await blip('two', 1), await blip('three', 2)];
  expect(second).toEqual(first);
  const texts = (all: Candidate[]) => all.filter(({ source }) => source === 'synthetic').map(({ text }) => text);
  expect(texts(other)).not.toEqual(texts(first));
  expect(texts(first).filter((text) => text.startsWith('a red'))).toEqual([]);
  const scores = await model.match!(noise(2), ['two dogs', texts(first)[2]]);
  const own = first.filter(({ id }) => id === '2');
  for (const [i, score] of scores.entries()) {
    expect(own[i].score).toBeCloseTo(score, 5);
    expect(own[i].kept).toBe(score >= 0.5);
  }
});
