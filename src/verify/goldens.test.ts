/** Every stored model case: forward, loss, gradients, generated ids. The folders are copies of what the references gave. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { verifyModel } from './model-case.ts';

const root = fileURLToPath(new URL('../../test/goldens/models/', import.meta.url));

describe('the stored numbers of the reference libraries', () => {
  test.each(readdirSync(root))('%s', async (name) => {
    const checks = await verifyModel(root + name);
    expect(checks.filter(({ pass }) => !pass)).toEqual([]);
    expect(checks.length).toBeGreaterThan(5);
  });
});
