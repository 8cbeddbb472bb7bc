/** Every stored model case: forward, loss, gradients, generated ids. The folders are copies of what the references gave. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { verifyModel } from './model-case.ts';
import { verifyOriginal } from './original-case.ts';

const folder = (name: string) => fileURLToPath(new URL(`../../test/goldens/${name}/`, import.meta.url));

describe('the stored numbers of the reference libraries', () => {
  test.each(readdirSync(folder('models')))('%s', async (name) => {
    const checks = await verifyModel(folder('models') + name);
    expect(checks.filter(({ pass }) => !pass)).toEqual([]);
    expect(checks.length).toBeGreaterThan(5);
  });
});

describe('the stored numbers of the original repositories', () => {
  test.each(readdirSync(folder('original')))('%s', async (name) => {
    const checks = await verifyOriginal(folder('original') + name);
    expect(checks.filter(({ pass }) => !pass)).toEqual([]);
    expect(checks.length).toBeGreaterThan(0);
  });
});
