/** The largest of many numbers without sorting them all: vocabularies have tens of thousands of tokens. */

/** Whether index a stands nearer to the root of a heap than index b. */
type Before = (a: number, b: number) => boolean;

/**
 * Indices of the `count` largest values, largest first, of equal values the lower index first. A heap keeps the best so
 * far with the last of them on top, so most values cost one comparison.
 */
export function largest(values: ArrayLike<number>, count: number): Uint32Array {
  const last: Before = (a, b) => values[a] < values[b] || (values[a] === values[b] && a > b);
  const heap = Uint32Array.from({ length: Math.min(count, values.length) }, (_, i) => i);
  if (heap.length === 0) return heap;
  heapify(heap, last);
  let worst = values[heap[0]];
  for (let i = heap.length; i < values.length; i++) {
    // Indices only grow, so a value equal to the last of the best stays out.
    if (values[i] > worst) {
      heap[0] = i;
      siftDown(heap, heap.length, 0, last);
      worst = values[heap[0]];
    }
  }
  return heap.sort((a, b) => (last(a, b) ? 1 : -1));
}

/** Indices of the values above minus infinity, in the same order, one at a time: what is not taken is not sorted. */
export function* descending(values: ArrayLike<number>): Generator<number, void> {
  const first: Before = (a, b) => values[a] > values[b] || (values[a] === values[b] && a < b);
  const heap = new Uint32Array(values.length);
  let size = 0;
  for (let i = 0; i < values.length; i++) if (values[i] > Number.NEGATIVE_INFINITY) heap[size++] = i;
  heapify(heap.subarray(0, size), first);
  while (size > 0) {
    yield heap[0];
    heap[0] = heap[--size];
    siftDown(heap, size, 0, first);
  }
}

/** Index of the largest value, the lowest of equals. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

function heapify(heap: Uint32Array, before: Before): void {
  for (let i = (heap.length >> 1) - 1; i >= 0; i--) siftDown(heap, heap.length, i, before);
}

/** Lets the entry at `place` sink until no child stands before it. */
function siftDown(heap: Uint32Array, size: number, place: number, before: Before): void {
  const entry = heap[place];
  for (;;) {
    let child = 2 * place + 1;
    if (child >= size) break;
    if (child + 1 < size && before(heap[child + 1], heap[child])) child++;
    if (!before(heap[child], entry)) break;
    heap[place] = heap[child];
    place = child;
  }
  heap[place] = entry;
}
