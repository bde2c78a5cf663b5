/** `tidings start`: the service in the foreground, its greeting, and a quiet end on a signal. */
import { Command, Option } from 'commander';
import { readConfig, readEnvironment } from '../config.ts';
import { start } from '../main.ts';

/** Longer than a provider's answer may take, shorter than the half minute after which orchestrators kill. */
const HARD_END_MS = 25_000;

export function startCommand(): Command {
  return new Command('start')
    .description('run the service: database, API, workers, and the sandbox as long as no provider is configured')
    .addOption(new Option('--role <role>', 'what this process does').choices(['all', 'api', 'worker']).default('all'))
    .action(async ({ role }: { role: 'all' | 'api' | 'worker' }) => {
      const began = performance.now();
      const config = readConfig(readEnvironment());
      const running = await start(config, role, line => console.log(`  ${line}`));
      // A key of the operator's own is known to them, and what is printed is kept by whoever collects logs.
      const key = config.apiKey === null ? running.key : 'as set in TIDINGS_API_KEY';
      console.log(greeting({ ...running, key }, (performance.now() - began) / 1000));
      // By a signal with 0; with 1 when the database of ours has gone, so that a service manager starts us again.
      const end = once(async (why: string, code: number) => {
        console.log(`\n${why}: finishing what is on the wire…`);
        // Whatever hangs: what is on the wire by then is settled like after a crash.
        const hard = setTimeout(() => process.exit(1), HARD_END_MS);
        await running.stop();
        clearTimeout(hard);
        process.exit(code);
      });
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end(signal, 0));
      void running.lost.then(why => end(why, 1));
    });
}

function greeting(
  { url, key, sandboxUrl }: { url: string; key: string; sandboxUrl: string | null },
  seconds: number,
): string {
  const lines = [
    '',
    `Tidings is ready at ${url} (${seconds.toFixed(1)} s)`,
    ...(sandboxUrl ? [`  phones    ${sandboxUrl}`] : []),
    `  API       ${url}/docs`,
    `  API key   ${key}`,
    '',
  ];
  return lines.join('\n');
}

/** A second Ctrl-C does not begin a second end. */
function once(work: (why: string, code: number) => Promise<void>): typeof work {
  let running: Promise<void> | undefined;
  return (why, code) => {
    running ??= work(why, code);
    return running;
  };
}
