/** A process with everything that it started, found through /proc, so that all of it can be killed in one instant. */
import { readdirSync, readFileSync } from 'node:fs';

function parents(): Map<number, number> {
  const found = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      // The command's name may hold spaces and brackets: the fields begin after the last bracket.
      found.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended between the listing and the reading.
    }
  }
  return found;
}

/** As it is in this instant: who is started later is not in it. */
export function treeOf(root: number): number[] {
  const parentOf = parents();
  const tree = [root];
  for (let index = 0; index < tree.length; index += 1) {
    for (const [pid, parent] of parentOf) if (parent === tree[index]) tree.push(pid);
  }
  return tree;
}

/** SIGKILL for all of it, the parents first, so that nobody is left to tidy up. */
export function killTree(root: number): number {
  const tree = treeOf(root);
  for (const pid of tree) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Gone already: the kernel was faster.
    }
  }
  return tree.length;
}
