import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

test('the built command is executable, also after a second build', () => {
  expect(() => accessSync(join(__dirname, '../../dist/cli/main.js'), constants.X_OK)).not.toThrow();
});
