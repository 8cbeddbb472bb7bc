/** Scenes in the forms that detection and region work want: COCO's JSON, and a caption for each object's box. */
import type { Sample, SceneObject } from './sample.ts';

export interface Region {
  /** Left, top, width, height in pixels, as COCO writes boxes. */
  bbox: [number, number, number, number];
  /** Words that point at this object and at no other: "the banana on the left", "a red circle". */
  phrase: string;
}

const cocoBox = ({ box: [left, top, right, bottom] }: SceneObject): Region['bbox'] => [
  left,
  top,
  right - left,
  bottom - top,
];
const area = ({ box }: SceneObject): number => (box[2] - box[0]) * (box[3] - box[1]);

/** A caption for every object; equal objects are told apart by place or size where that is beyond doubt. */
export function regions({ objects, side }: Sample): Region[] {
  return objects.map((object) => {
    const twins = objects.filter((other) => other !== object && other.name === object.name);
    const told = twins.length === 0 ? undefined : distinction(object, twins, side * 0.08);
    const name = object.name.replace(/^(?:a|an|some) /, '');
    return { bbox: cocoBox(object), phrase: told ? told.replace('%', name) : object.name };
  });
}

function distinction(object: SceneObject, twins: readonly SceneObject[], margin: number): string | undefined {
  const [left, top, right, bottom] = object.box;
  if (twins.every(({ box }) => left + margin < box[0] && right < box[2])) return 'the % on the left';
  if (twins.every(({ box }) => right - margin > box[2] && left > box[0])) return 'the % on the right';
  if (twins.every(({ box }) => top + margin < box[1] && bottom < box[3])) return 'the % at the top';
  if (twins.every(({ box }) => bottom - margin > box[3] && top > box[1])) return 'the % at the bottom';
  if (twins.every((other) => area(object) > 1.4 * area(other))) return 'the largest %';
  return twins.every((other) => 1.4 * area(object) < area(other)) ? 'the smallest %' : undefined;
}

export interface CocoFile {
  images: { id: number; file_name: string; width: number; height: number }[];
  annotations: (
    | { id: number; image_id: number; category_id: number; bbox: Region['bbox']; area: number; iscrowd: 0 }
    | { id: number; image_id: number; caption: string }
  )[];
  categories: { id: number; name: string }[];
}

/** COCO's instances (boxes and categories) of samples; `fileName` names picture i. */
export function cocoInstances(samples: readonly Sample[], fileName = (index: number) => `${index}.png`): CocoFile {
  const names = [...new Set(samples.flatMap(({ objects }) => objects.map(({ concept }) => concept)))].sort();
  const categories = names.map((name, i) => ({ id: i + 1, name }));
  const ids = new Map(categories.map(({ id, name }) => [name, id]));
  let id = 0;
  return {
    images: imagesOf(samples, fileName),
    annotations: samples.flatMap(({ objects }, image) =>
      objects.map((object) => ({
        id: ++id,
        image_id: image,
        category_id: ids.get(object.concept)!,
        bbox: cocoBox(object),
        area: area(object),
        iscrowd: 0 as const,
      })),
    ),
    categories,
  };
}

/** COCO's captions of samples: every caption that counts as right. */
export function cocoCaptions(samples: readonly Sample[], fileName = (index: number) => `${index}.png`): CocoFile {
  let id = 0;
  return {
    images: imagesOf(samples, fileName),
    annotations: samples.flatMap(({ captions }, image) =>
      captions.map((caption) => ({ id: ++id, image_id: image, caption })),
    ),
    categories: [],
  };
}

const imagesOf = (samples: readonly Sample[], fileName: (index: number) => string) =>
  samples.map(({ side }, id) => ({ id, file_name: fileName(id), width: side, height: side }));
