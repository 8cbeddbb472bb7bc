/** The task functions of the ViLT repository, which METER's repository took over, for cases stored from either. */
import type { NDArray, Tensor } from '../../core/index.ts';
import type { Named } from '../reference.ts';
import { answering, judging, maskedWords, type PairBatch, type PictureTextModel, ranking } from './picture-text.ts';

/** A picture by the name of its input. */
export type PictureOf<Picture> = (inputs: Named<Tensor>, name: string) => Picture;
export type Task<Picture> = (model: PictureTextModel<Picture>, inputs: Named<Tensor>) => Named<Tensor>;

export const batchOf = <Picture>(
  inputs: Named<Tensor>,
  pictureOf: PictureOf<Picture>,
  name = 'image',
): PairBatch<Picture> => ({ ids: inputs.text_ids, mask: inputs.text_masks, picture: pictureOf(inputs, name) });

export const masked = <Picture>(
  model: PictureTextModel<Picture>,
  inputs: Named<Tensor>,
  pictureOf: PictureOf<Picture>,
) => maskedWords(model, { ...batchOf(inputs, pictureOf), ids: inputs.text_ids_mlm }, inputs.text_labels_mlm);

/** Tasks that both repositories run alike. */
export const sharedTasks = <Picture>(pictureOf: PictureOf<Picture>): Record<string, Task<Picture>> => ({
  mlm: (model, inputs) => ({ ...masked(model, inputs, pictureOf) }),

  vqa: (model, inputs) => ({ ...answering(model, batchOf(inputs, pictureOf), inputs.vqa_targets) }),

  nlvr2(model, inputs) {
    const pictures = ['image_0', 'image_1'].map((name) => pictureOf(inputs, name));
    return { ...judging(model, batchOf(inputs, pictureOf, 'image_0'), pictures, inputs.answers) };
  },

  irtr(model, inputs) {
    const others = [0, 1].map((i) => ({ ids: inputs[`false_text_${i}_ids`], mask: inputs[`false_text_${i}_masks`] }));
    const { loss, logits } = ranking(model, batchOf(inputs, pictureOf), others);
    return { loss, scores: logits };
  },
});

/** The pictures of a matching batch: row i is the text's own where its label is 1, another one where it is 0. */
export function mixed({ image, false_image_0: other, itm_labels: labels }: Named<NDArray>): NDArray {
  const data = Float32Array.from(image.data as Float32Array);
  const size = data.length / image.shape[0];
  for (const [i, label] of Array.from(labels.data, Number).entries())
    if (label === 0) data.set((other.data as Float32Array).subarray(i * size, (i + 1) * size), i * size);
  return { ...image, data };
}
