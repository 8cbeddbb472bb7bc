import fc from 'fast-check';
import { expect, test } from 'vitest';
import { argmax, descending, largest } from './select.ts';

/** Few different values, so that ties abound. */
const values = fc.array(fc.constantFrom(Number.NEGATIVE_INFINITY, -1e9, -1, 0, 2, 2.5, 7), { maxLength: 60 });

const sorted = (list: number[]) =>
  list.map((value, i) => ({ value, i })).sort((a, b) => (a.value < b.value ? 1 : a.value > b.value ? -1 : a.i - b.i));

test('the largest values come as a full sort gives them, of equals the lower index first', () => {
  fc.assert(
    fc.property(values, fc.nat(70), (list, count) => {
      const order = sorted(list).map(({ i }) => i);
      expect([...largest(Float32Array.from(list), count)]).toEqual(order.slice(0, count));
      const finite = order.filter((i) => list[i] !== Number.NEGATIVE_INFINITY);
      expect([...descending(Float32Array.from(list))]).toEqual(finite);
      if (list.length > 0) expect(argmax(list)).toBe(order[0]);
    }),
  );
});
