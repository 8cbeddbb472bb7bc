/** Sizes of a METER model. The published files have no configuration: the original repository's code names its parts. */
import type { BertConfig, RobertaConfig, SwinConfig, VisionConfig } from '../../nn/index.ts';

/** CLIP's tower, whose class token stands for the picture, or Swin's, whose mean does. */
export type MeterVision = ({ kind: 'clip' } & VisionConfig) | ({ kind: 'swin' } & SwinConfig);

export interface MeterConfig {
  text: RobertaConfig;
  vision: MeterVision;
  /** The blocks in which both streams attend to each other. */
  fusion: Pick<BertConfig, 'width' | 'layers' | 'heads' | 'hidden' | 'activation' | 'eps'>;
  /** Rows of the table that tells text from pictures: 2, or 3 where a text is about two pictures. */
  modalities: number;
  /** Pictures that a classifier sees together. */
  images: number;
  /** The answers or classes, in the order of the logits. */
  labels: string[];
  dropout: { hidden: number; attention: number };
}
