#!/usr/bin/env node
import { createRequire } from 'node:module'
import { Command } from 'commander'
import { addConfig } from './config.ts'
import { addDoctor } from './doctor.ts'
import { reportFailure } from './failure.ts'
import { addModels } from './models.ts'
import { allowClosedPipes, reserveOutput } from './output.ts'
import { addProviders } from './providers.ts'
import { addServers } from './servers.ts'

const { version } = createRequire(import.meta.url)('vitest-assay/package.json') as {
  readonly version: string
}

const program = new Command('assay')
  .description(
    'Shows what model evals are set to, and looks after what they leave running. Vitest runs them.',
  )
  .version(version, '-v, --version', 'print the version')
  .helpOption('-h, --help', 'show what a command takes')
  .helpCommand('help [command]', 'show what a command takes')
  .showHelpAfterError('Add --help to see what there is.')
  .exitOverride()
  .hook('preAction', (_, command) => {
    if (command.opts<{ readonly json?: true }>().json) reserveOutput()
  })

addConfig(program)
addDoctor(program)
addModels(program)
addProviders(program)
addServers(program)

allowClosedPipes()
try {
  await program.parseAsync()
} catch (error) {
  reportFailure(error)
}
