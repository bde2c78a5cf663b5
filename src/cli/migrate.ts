/**
 * `tidings migrate`: for those who bring the database up to date before the service starts, in a step of its own.
 * Without it nothing is missing: every start migrates first.
 */
import { Command } from 'commander';
import { readConfig, readEnvironment } from '../config.ts';
import { openDatabase } from '../database.ts';

export function migrateCommand(): Command {
  return new Command('migrate').description('bring the database to this version, and end').action(async () => {
    const database = await openDatabase(readConfig(readEnvironment()), line => console.log(line));
    await database.close();
    console.log('the database is up to date');
  });
}
