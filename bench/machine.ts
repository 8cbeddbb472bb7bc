/** The machine and the versions that a table was measured with. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The interpreter of the other side. */
export const python = process.env.SIGHTREAD_PYTHON ?? 'python3';

export interface Machine {
  date: string;
  processor: string;
  cores: number;
  memoryGb: number;
  system: string;
  node: string;
  onnxruntime: string;
  /** Versions of the other side, or why it is absent. */
  peer: { present: true; versions: string } | { present: false; reason: string };
}

export async function describeMachine(): Promise<Machine> {
  const all = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: all[0]?.model.trim() ?? 'unknown processor',
    cores: all.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    onnxruntime: packageVersion('onnxruntime-node'),
    peer: await findPeer(),
  };
}

function packageVersion(name: string): string {
  const place = join(import.meta.dirname, '..', 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(place, 'utf8')) as { version: string }).version;
}

const question = `
import platform, torch, transformers, PIL
print(f'Python {platform.python_version()}, PyTorch {torch.__version__}, transformers {transformers.__version__}')
`;

async function findPeer(): Promise<Machine['peer']> {
  try {
    const { stdout } = await promisify(execFile)(python, ['-c', question]);
    return { present: true, versions: stdout.trim() };
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    const last = (stderr || message).trim().split('\n').at(-1);
    return { present: false, reason: `${python} has no PyTorch and transformers (${last}); set SIGHTREAD_PYTHON` };
  }
}
