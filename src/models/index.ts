/** Model families: loading them, running them, and the published classes they stand for. */
import type { ReferenceClass } from './reference.ts';

export type { GenerationRequest, Named, ReferenceClass } from './reference.ts';
export type { WeightMap } from './running.ts';

/** Families are imported when they are asked for: a caption needs one of them. */
const references: Record<string, () => Promise<ReferenceClass>> = {
  GitForCausalLM: () => import('./git/reference.ts').then((m) => m.GitForCausalLM),
  CLIPModel: () => import('./clip/reference.ts').then((m) => m.CLIPModel),
  CLIPTextModel: () => import('./clip/reference.ts').then((m) => m.CLIPTextModel),
  ViTModel: () => import('./vit/reference.ts').then((m) => m.ViTModel),
  ViTForImageClassification: () => import('./vit/reference.ts').then((m) => m.ViTForImageClassification),
  BlipForConditionalGeneration: () => import('./blip/reference.ts').then((m) => m.BlipForConditionalGeneration),
  BlipForQuestionAnswering: () => import('./blip/reference.ts').then((m) => m.BlipForQuestionAnswering),
  BlipForImageTextRetrieval: () => import('./blip/reference.ts').then((m) => m.BlipForImageTextRetrieval),
  BlipModel: () => import('./blip/reference.ts').then((m) => m.BlipModel),
  BertModel: () => import('./bert/reference.ts').then((m) => m.BertModel),
  BertForMaskedLM: () => import('./bert/reference.ts').then((m) => m.BertForMaskedLM),
  OPTForCausalLM: () => import('./opt/reference.ts').then((m) => m.OPTForCausalLM),
  RobertaModel: () => import('./roberta/reference.ts').then((m) => m.RobertaModel),
  RobertaForMaskedLM: () => import('./roberta/reference.ts').then((m) => m.RobertaForMaskedLM),
  SwinModel: () => import('./swin/reference.ts').then((m) => m.SwinModel),
  ViltForMaskedLM: () => import('./vilt/reference.ts').then((m) => m.ViltForMaskedLM),
  ViltForQuestionAnswering: () => import('./vilt/reference.ts').then((m) => m.ViltForQuestionAnswering),
  ViltForImageAndTextRetrieval: () => import('./vilt/reference.ts').then((m) => m.ViltForImageAndTextRetrieval),
  ViltForImagesAndTextClassification: () =>
    import('./vilt/reference.ts').then((m) => m.ViltForImagesAndTextClassification),
};

/** A published class by its name; undefined where no family here stands for it. */
export const referenceClass = async (name: string): Promise<ReferenceClass | undefined> => await references[name]?.();
export const referenceClassNames = Object.keys(references);

/** What the original repositories compute, by the first word of a stored case. */
const originals: Record<string, () => Promise<ReferenceClass>> = {
  blip: () => import('./blip/original-reference.ts').then((m) => m.originalBlip),
  vilt: () => import('./vilt/original-reference.ts').then((m) => m.originalVilt),
  uniter: () => import('./uniter/original-reference.ts').then((m) => m.originalUniter),
  meter: () => import('./meter/original-reference.ts').then((m) => m.originalMeter),
  swin: () => import('./swin/original-reference.ts').then((m) => m.originalSwin),
  frcnn: () => import('./regions/original-reference.ts').then((m) => m.originalRegions),
  butd: () => import('./regions/original-reference.ts').then((m) => m.originalRegions),
};

/** The original code of a family; undefined where no family here stands for it. */
export const originalReference = async (family: string): Promise<ReferenceClass | undefined> =>
  await originals[family]?.();
export const originalFamilies = Object.keys(originals);
