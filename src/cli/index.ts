#!/usr/bin/env node
import { createRequire } from 'node:module'
import { Command } from 'commander'
import { reportFailure } from './failure.ts'
import { allowClosedPipes } from './output.ts'
import { addServers } from './servers.ts'

const { version } = createRequire(import.meta.url)('vitest-assay/package.json') as {
  readonly version: string
}

const program = new Command('assay')
  .description('Looks after what model evals leave running. Vitest runs the evals.')
  .version(version, '-v, --version', 'print the version')
  .helpOption('-h, --help', 'show what a command takes')
  .helpCommand('help [command]', 'show what a command takes')
  .showHelpAfterError('Add --help to see what there is.')
  .exitOverride()

addServers(program)

allowClosedPipes()
try {
  await program.parseAsync()
} catch (error) {
  reportFailure(error)
}
