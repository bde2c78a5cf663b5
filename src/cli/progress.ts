/** How far something long has come, for whoever waits: on standard error, on one line where somebody looks on. */

const EVERY_MS = 1_000;

export function progressLine(word: string) {
  const tty = process.stderr.isTTY === true;
  let shownAt = 0;
  let shown = false;
  return {
    show: (bytes: number, expected: number) => {
      const now = performance.now();
      if (now - shownAt < EVERY_MS) return;
      shownAt = now;
      shown = true;
      const share = expected > 0 ? ` of about ${Math.ceil(expected / 1e6)}` : '';
      process.stderr.write(`${tty ? '\r' : ''}  ${Math.floor(bytes / 1e6)}${share} MB ${word}${tty ? '' : '\n'}`);
    },
    end: () => {
      if (shown && tty) process.stderr.write('\n');
    },
  };
}
