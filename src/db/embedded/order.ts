/** What passes between Tidings and the supervisor: one order on the command line, reports as lines of JSON on stdout. */
export interface Order {
  /** Absolute and without symbolic links: locks and names are keyed by it. */
  dataDir: string;
  /** Where the socket folder may stand, best first. */
  temporaryFolders: string[];
  settings: Record<string, string>;
  ownerPid: number;
}

export interface Ready {
  socketFolder: string;
  port: number;
  serverPid: number;
  cluster: string;
}

export type Report = { say: string } | { ready: Ready } | { failed: string } | { ended: string };

/** The port only names the socket file; nothing listens on TCP. */
export const PORT = 5432;

/** The role that initdb creates, and the database in it: the same word, because psql's defaults then fit. */
export const NAME = 'tidings';
