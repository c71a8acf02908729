/* Where Chromium is on this machine. */

import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

export async function chromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  for (const folder of process.env.PATH.split(delimiter)) {
    for (const name of names) {
      const program = join(folder, name);
      if (await access(program).then(() => true, () => false)) return program;
    }
  }
  throw new Error('there is no Chromium on this machine');
}
