/** A picture to its regions by a Faster R-CNN of the published size: decoded, seen, proposed, looked at, chosen. */
import { openDetector } from '../../src/models/regions/index.ts';
import { places } from '../models.ts';
import { answer, job, timed } from './worker.ts';

await using detector = await openDetector(job.model, { threads: job.threads });
const ms = await timed(() => detector.detect(places.picture));
const { confidence } = await detector.detect(places.picture);
answer({ values: { ms }, proof: [confidence.data.length] });
