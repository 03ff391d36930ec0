import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

test('the command can be executed as it was built: npm makes it so only once, when it links it', () => {
  expect(() => accessSync(join(__dirname, '../../dist/cli/main.js'), constants.X_OK)).not.toThrow();
});
