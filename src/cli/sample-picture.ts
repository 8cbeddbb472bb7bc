/** A picture that comes with the package. This file lies where a bundled one does: one folder below the package's dist. */
import { fileURLToPath } from 'node:url';

/** A drawing made for this, as large as the photographs of COCO, so that decoding it takes what it usually takes. */
export const samplePicture = fileURLToPath(new URL('../../assets/house.jpg', import.meta.url));
