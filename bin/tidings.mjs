#!/usr/bin/env node
/*
 * The entry: finds a Node that can run the rest. It is read by whatever `node` comes first in PATH, so it keeps to
 * the syntax of Node 10: no static imports (one that fails would end us before a word is said), no top-level await,
 * no `??` and no `?.`. Everything after it is TypeScript, which Node 24.11 and later runs as it is.
 */
const NEEDED = [24, 11];
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const isNewEnough = version => {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
};

if (isNewEnough(process.version)) runHere();
// A Node so old that it does not know "node:" names fails here, and hears the same sentence.
else runOnPinnedNode().catch(giveUp);

function runHere() {
  const stopWatching = watchParent(() => process.kill(process.pid, 'SIGTERM'));
  // The first signal of any kind has said it already, and a second one could be taken for "at once". Listens only
  // beside a listener of the program itself: alone, it would switch off what a signal does by default.
  const seen = [];
  process.on('newListener', name => {
    if (!SIGNALS.includes(name) || seen.includes(name)) return;
    seen.push(name);
    process.prependOnceListener(name, stopWatching);
  });
  rememberCompiled()
    .then(() => import('../src/cli/main.ts'))
    .then(cli => cli.main(process.argv.slice(2)))
    .then(code => {
      if (typeof code === 'number') process.exitCode = code;
    })
    .catch(error => {
      const missing = error && error.code === 'ERR_MODULE_NOT_FOUND' && /package '([^']+)'/.exec(error.message);
      console.error(missing ? `tidings: the package ${missing[1]} is missing. Run "npm ci" in its folder.` : error);
      process.exitCode = 1;
    });
}

/*
 * Compiled modules are kept beside the packages, which are trusted as much as the code itself; the default place below
 * the temp folder can be filled by anybody. Where the folder can't be written Node goes on without, and says nothing.
 * Measured: a second start is ready in 0.9 s, without it in 1.1 s.
 */
function rememberCompiled() {
  return Promise.all(['node:module', 'node:url'].map(name => import(name))).then(([{ enableCompileCache }, url]) => {
    enableCompileCache(url.fileURLToPath(new URL('../node_modules/.cache/tidings', import.meta.url)));
  });
}

function runOnPinnedNode() {
  const modules = ['node:child_process', 'node:fs', 'node:path', 'node:url'];
  return Promise.all(modules.map(name => import(name))).then(([{ spawn, spawnSync }, fs, path, url]) => {
    const entry = url.fileURLToPath(import.meta.url);
    const node = findNode(entry, path, candidate => {
      // Asked, not believed: a package may be half installed, or made for another C library.
      const answer = fs.existsSync(candidate) && spawnSync(candidate, ['--version'], { encoding: 'utf8' });
      return answer && answer.status === 0 && isNewEnough(answer.stdout);
    });
    if (node) follow(spawn(node, [entry].concat(process.argv.slice(2)), { stdio: 'inherit' }), fs);
    else giveUp();
  });
}

/* The pinned Node of tools/runtime, wherever above this file npm hoisted it. */
function findNode(entry, path, works) {
  const windows = process.platform === 'win32';
  const name = `node-${windows ? 'win' : process.platform}-${process.arch}`;
  const program = windows ? 'node.exe' : 'node';
  let folder = path.dirname(entry);
  for (;;) {
    const modules = path.join(folder, 'node_modules');
    const found = [path.join(modules, name, 'bin', program), path.join(modules, '.bin', program)].find(works);
    if (found || path.dirname(folder) === folder) return found;
    folder = path.dirname(folder);
  }
}

/* Signals go down to the child, its end comes up to whoever started us. */
function follow(child, fs) {
  const stopWatching = watchParent(() => child.kill('SIGTERM'));
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      stopWatching();
      // A second Ctrl-C means "at once": the one that the terminal gave to both of us must not arrive as two.
      if (signal === 'SIGTERM' || !terminalSignalsBoth(fs)) child.kill(signal);
    });
  }
  child.on('error', giveUp);
  child.on('exit', (code, signal) => {
    if (!signal) process.exit(code);
    // End as the child did, so that a shell or a service manager sees the signal and not a made-up code.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/*
 * `npm start` runs us through a shell. npm passes its SIGTERM on to that shell, which dies of it and tells nobody:
 * whoever stops npm would leave us running. So we notice that our parent has gone.
 */
function watchParent(onGone) {
  if (!process.env.npm_lifecycle_event) return () => {};
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, 500);
  timer.unref();
  return () => clearInterval(timer);
}

/* True in the foreground of a terminal: it sends Ctrl-C and its hang-up to the whole group, the child included. */
function terminalSignalsBoth(fs) {
  try {
    const stat = fs.readFileSync('/proc/self/stat', 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[2] === fields[5]; // our group, and the one in the terminal's foreground (-1 without a terminal)
  } catch (_) {
    return Boolean(process.stdin.isTTY); // macOS has no /proc
  }
}

function giveUp() {
  console.error(
    `tidings needs Node ${NEEDED.join('.')} or later; this is ${process.version} (${process.execPath}). Run "npm ci" in ` +
      'its folder (on Linux and Windows it brings the right Node along), or install Node 24 from https://nodejs.org',
  );
  process.exit(1);
}
