/**
 * Positions of patches in pictures of any size, computed for every row of a batch from its mask.
 *
 * A picture of h × w patches stretches the trained grid of s × s positions over itself, corner on corner, and reads it
 * bilinearly. The weight of grid line i at row r is max(0, 1 − |r·(s−1)/(h−1) − i|), so two small products give the
 * positions of pictures of different sizes in one graph, with gradients for the table.
 * b pictures, H × W patches of the padded batch, d width.
 */
import { divideSizes, range, ShapeError, type Size, type Tensor } from '../../core/index.ts';

/** int64 pixel mask [b, H·p, W·p] → patch mask [b, H, W]: a patch is real where its top left pixel is. */
export const patchMask = (pixelMask: Tensor, patchSize: number): Tensor =>
  pixelMask
    .rearrange('b (h p) (w q) -> b h w p q', { p: patchSize, q: patchSize })
    .slice(3, 0, 1)
    .slice(4, 0, 1)
    .reshape([pixelMask.size(0), ...gridOf(pixelMask, patchSize)]);

/** Rows and columns of patches in a tensor that ends in a height and a width. */
export function gridOf(pixels: Tensor, patchSize: number): [Size, Size] {
  const patches = (axis: number) => {
    const size = divideSizes(pixels.size(axis), patchSize);
    if (size === undefined)
      throw new ShapeError(`a picture of ${pixels.size(-2)} × ${pixels.size(-1)} is not whole patches of ${patchSize}`);
    return size;
  };
  return [patches(-2), patches(-1)];
}

/** table [s·s, d], mask int64 [b, H, W] → [b, H, W, d]; zero outside each picture. */
export function stretchedPositions(table: Tensor, mask: Tensor): Tensor {
  const side = Math.sqrt(table.shape[0] as number);
  // Rows are counted along the first column and columns along the first row, as the original does.
  const rows = taps(mask.slice(2, 0, 1).sum([1, 2]), mask.size(1), side);
  const columns = taps(mask.slice(1, 0, 1).sum([1, 2]), mask.size(2), side);
  const lines = rows.matmul(table.reshape([side, -1])).rearrange('b h (j d) -> b h j d', { j: side });
  return columns.unsqueeze(1).matmul(lines);
}

/** How much each of `side` grid lines counts at each of `length` patches of which the first `count` [b] are real. */
function taps(count: Tensor, length: Size, side: number): Tensor {
  const line = (size: Size) => range(0, size).cast('float32');
  const real = count.cast('float32').reshape([-1, 1, 1]);
  const at = line(length).reshape([1, length, 1]);
  const stretch = real
    .sub(1)
    .maximum(1)
    .pow(-1)
    .mul(side - 1);
  const distance = at
    .mul(stretch)
    .sub(line(side).reshape([1, 1, side]))
    .abs();
  return distance.neg().add(1).relu().mul(at.less(real).cast('float32'));
}
