/** Tensors as a tree of their names, in which what repeats is shown once. */
import { packedAs, type StoredTensor } from '../models/inspect.ts';
import { compact, measure } from './numbers.ts';

interface Branch {
  name: string;
  children: Branch[];
  tensor?: StoredTensor;
  /** Numbers in it. */
  count: number;
  /** How many equal neighbours this one stands for. */
  times: number;
}

/** One line for each branch, down to `depth` levels: names on the left; shape, dtype and counts on the right. */
export function treeLines(tensors: readonly StoredTensor[], depth = Number.POSITIVE_INFINITY): string[] {
  const roots = folded(grow(tensors));
  const rows: { left: string; shape: string; count: string }[] = [];
  const walk = (branch: Branch, level: number) => {
    const { name, children, tensor, count, times } = branch;
    rows.push({
      left: '  '.repeat(level) + name,
      shape: tensor ? described(tensor) : '',
      count: times > 1 ? `${times} × ${compact(count)}` : compact(count),
    });
    if (level + 1 < depth) for (const child of children) walk(child, level + 1);
  };
  for (const root of roots) walk(root, 0);
  const width = (key: 'left' | 'shape' | 'count') => Math.max(...rows.map((row) => row[key].length));
  const [left, count] = [width('left'), width('count')];
  return rows.map((row) => `${row.left.padEnd(left)}  ${row.count.padStart(count)}  ${row.shape}`.trimEnd());
}

/** `float32 [768, 768]`, `packed q4 [768, 768] in blocks, 369 kB`, `float32 [768, 768] and packed q8 by rows, 2.95 MB` */
function described({ dtype, shape, packing, bytes }: StoredTensor): string {
  const plain = `${dtype} [${shape.join(', ')}]`;
  if (!packing) return plain;
  const scales = `${packing === 'columns8' ? 'by rows' : 'in blocks'}, ${measure(bytes, 'B')}`;
  return dtype === packedAs(packing)
    ? `packed ${plain} ${scales}`
    : `${plain} and packed ${packedAs(packing)} ${scales}`;
}

function grow(tensors: readonly StoredTensor[]): Branch[] {
  const root = branch('');
  for (const tensor of tensors) {
    let at = root;
    for (const name of tensor.name.split('.')) {
      let next = at.children.find((child) => child.name === name);
      if (!next) at.children.push((next = branch(name)));
      at = next;
    }
    at.tensor = tensor;
  }
  return root.children;
}

const branch = (name: string): Branch => ({ name, children: [], count: 0, times: 1 });

/** Joins chains of only children, puts numbered children in order, and lets the first of equal neighbours stand for all. */
function folded(branches: readonly Branch[]): Branch[] {
  const each = branches.map((one): Branch => {
    const children = folded(one.children);
    if (children.length === 1 && children[0].times === 1 && !one.tensor)
      return { ...children[0], name: `${one.name}.${children[0].name}` };
    const own = one.tensor ? one.tensor.shape.reduce((a, b) => a * b, 1) : 0;
    return { ...one, children, count: children.reduce((sum, child) => sum + child.count * child.times, own) };
  });
  if (each.every(({ name }) => /^\d+(\.|$)/.test(name)))
    each.sort((a, b) => Number.parseInt(a.name, 10) - Number.parseInt(b.name, 10));

  const groups: Branch[][] = [];
  for (const one of each) {
    const last = groups.at(-1);
    if (last && kind(last[0]) === kind(one)) last.push(one);
    else groups.push([one]);
  }
  return groups.map((group) => ({ ...group[0], name: jointName(group), times: group.length }));
}

/** Equal for branches that differ in nothing but their own name. */
const kind = ({ tensor, children }: Branch): string =>
  (tensor ? `${tensor.dtype}[${tensor.shape}]${tensor.packing}` : '') +
  children.map((child) => `{${child.name}×${child.times}${kind(child)}}`).join('');

/** `0…11`, or `query, key, value` */
function jointName(group: readonly Branch[]): string {
  const names = group.map(({ name }) => name);
  if (names.length > 1 && names.every((name) => /^\d+$/.test(name))) return `${names[0]}…${names.at(-1)}`;
  return names.join(', ');
}
