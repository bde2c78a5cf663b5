/** Names for the people of the sandbox: the same number has the same name after every restart. */
const FIRST = ['Ana', 'Mihai', 'Ioana', 'Andrei', 'Maria', 'Radu', 'Elena', 'Vlad', 'Irina', 'Matei', 'Sofia', 'Luca'];
const LAST = ['Popescu', 'Ionescu', 'Rusu', 'Dinu', 'Marin', 'Stan', 'Ilie', 'Toma', 'Barbu', 'Munteanu', 'Șerban'];

export function nameFor(phone: string): string {
  let hash = 7;
  for (let index = 1; index < phone.length; index++) hash = (hash * 31 + phone.charCodeAt(index)) >>> 0;
  return `${FIRST[hash % FIRST.length]} ${LAST[Math.floor(hash / FIRST.length) % LAST.length]}`;
}
