import { type Command, InvalidArgumentError } from 'commander'
import type { DoctorOptions } from './doctor/examine-project.ts'
import { endProcess, jsonOption } from './output.ts'

const checks = `
For each model, in this order; the first that fails is the last:
  name        there is such a provider, and the options are right
  key         where it comes from
  connection  DNS, TCP and TLS; of a local server, its program
  listing     the server lists its models, and this one among them
  call        it answers, with one token

Exit codes, of the first model that something is wrong with:
  0   all is well
  1   a check of --conformance failed
  2   name or options, or wrong use
  10  key
  11  connection
  12  listing
  13  call`

/** `assay doctor`: whether models work, and if not, why. */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('see whether models work, and if not, why')
    .argument('[models...]', 'as provider/model-name, or short names (default: all of the project)')
    .option('--offline', 'send nothing: check names, options, keys, files and programs alone')
    .option('--conformance', 'see too whether the model keeps the contract, with some short calls')
    .option('--timeout <seconds>', 'how long each request may take', seconds, 30)
    .option('--config <path>', 'the configuration file')
    .option(...jsonOption)
    .addHelpText('after', checks)
    .action(async (specs: readonly string[], options: DoctorOptions) => {
      // with all providers behind it, which the other commands do without
      const { examineProject } = await import('./doctor/examine-project.ts')
      process.once('exit', sayUndone)
      try {
        await examineProject(specs, options)
      } finally {
        process.off('exit', sayUndone)
      }
      await endProcess()
    })
}

/** A module of the project may end the process, and with 0: that is no result. */
function sayUndone(): void {
  process.exitCode = 1
  process.stderr.write(
    'error: a module of the project ended this program before all was examined.\n',
  )
}

const LONGEST = 2_000_000

function seconds(text: string): number {
  const value = Number(text)
  if (value > 0 && value <= LONGEST) return value
  throw new InvalidArgumentError('Expected a number of seconds above 0.')
}
