import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { eventually } from '../support/stack';

const MAIN = join(__dirname, '../../dist/cli/main.js');

test('a command that npx started ends when npx is stopped', async () => {
  const npx = spawn('npx', ['-c', `'${process.execPath}' '${MAIN}' simulator --port 0`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let printed = '';
  npx.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const [url = ''] = await eventually(() => /http:\/\/\S+/.exec(printed) ?? undefined);
  expect((await fetch(url)).status).toBeGreaterThan(0);
  npx.kill('SIGTERM');
  await once(npx, 'exit');
  await eventually(() =>
    fetch(url).then(
      () => false,
      () => true,
    ),
  );
});
