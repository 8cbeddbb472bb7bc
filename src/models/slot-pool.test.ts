import { expect, test } from 'vitest';
import { float32 } from '../core/index.ts';
import { SlotPool } from './slot-pool.ts';

const [groups, heads, width] = [2, 3, 2];
/** Slots whose numbers tell group, head and place. */
const slots = (first: number, count: number) => {
  const each = (i: number) => Math.floor(i / count / width) * 10000 + first + (Math.floor(i / width) % count);
  return float32(
    [groups, heads, count, width],
    Array.from({ length: groups * heads * count * width }, (_, i) => each(i)),
  );
};

test('every slot stays what it was while the pool grows past its capacity many times', () => {
  const pool = new SlotPool(['past.k', 'past.v'], [groups, heads, width], {
    'past.k': slots(0, 5),
    'past.v': slots(0, 5),
  });
  let used = 5;
  for (const count of [1, 70, 1, 64, 200, 1, 3]) {
    const capacity = pool.reserve(count);
    expect(capacity % 64).toBe(0);
    expect(pool.append({ 'fresh.k': slots(used, count), 'fresh.v': slots(used, count) })).toBe(used);
    used += count;
    const { 'past.k': keys } = pool.feeds();
    expect(keys.shape).toEqual([groups, heads, capacity, width]);
    for (let part = 0; part < groups * heads; part++)
      for (let slot = 0; slot < used; slot++)
        expect(keys.data[(part * capacity + slot) * width]).toBe(part * 10000 + slot);
  }
  expect(pool.used).toBe(used);
});

test('steps write into the memory that is there; only doubling asks for more', () => {
  const pool = new SlotPool(['past.k'], [groups, heads, width]);
  const buffers = new Set<ArrayBufferLike>();
  for (let slot = 0; slot < 2000; slot++) {
    pool.reserve(1);
    pool.append({ 'fresh.k': slots(slot, 1) });
    buffers.add(pool.feeds()['past.k'].data.buffer);
  }
  expect(buffers.size).toBeLessThanOrEqual(6);
});
