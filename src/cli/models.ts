import type { Command } from 'commander'
import type { AddFlags } from './models/entry.ts'
import type { ListFlags } from './models/list.ts'
import type { RemoveFlags } from './models/remove.ts'
import { jsonOption } from './output.ts'

const examples = `
A value is a text, or what it is as JSON: 0.2, true, "1.0", ["a"]. A secret never goes into the file: give
the variable that holds it, as in --param-env apiKey=MY_KEY, which becomes apiKey: \${MY_KEY}.

  assay models add openai/gpt-5-mini
  assay models add gpt-4 --provider openai --config-env api_key=OPENAI_API_KEY --capability vision
  assay models add mine --module ./handler.ts --export Handler --param url=http://localhost:8000

At a terminal, what is missing is asked for.`

/** `assay models`: the models of the configuration file. */
export function addModels(program: Command): void {
  const models = program.command('models').description('list, add and remove models')
  addAdd(models)
  models
    .command('list', { isDefault: true })
    .description('list the models of this project')
    .option('--provider <name>', 'those of one provider alone')
    .option('--remote', 'ask the providers too which models they have')
    .option(...jsonOption)
    .action(async (flags: ListFlags) => {
      // with all providers behind it, which other commands do without
      const { listModels } = await import('./models/list.ts')
      await listModels(flags)
    })
  models
    .command('remove')
    .description('remove a model from the configuration file')
    .argument('<name>', 'its name there, or provider/model-name')
    .option('--force', 'also one that is the response, judge or fixer model')
    .action(async (name: string, flags: RemoveFlags) => {
      const { removeModel } = await import('./models/remove.ts')
      await removeModel(name, flags)
    })
}

function addAdd(models: Command): void {
  models
    .command('add')
    .description('write a model into the configuration file')
    .argument('[name]', 'what evals call it: provider/model-name, or a name of its own')
    .option('--provider <name>', 'the provider that has it')
    .option('--config <name=value>', 'an option of the provider (repeatable)', several)
    .option('--config-env <name=VARIABLE>', 'one that a variable holds (repeatable)', several)
    .option('--module <path>', 'a module of your own, in place of a provider')
    .option('--export <name>', 'what of the module (default: its default export, or only model)')
    .option('--param <name=value>', 'what the module is given (repeatable)', several)
    .option('--param-env <name=VARIABLE>', 'what a variable holds (repeatable)', several)
    .option('--version-label <text>', 'the version of your module')
    .option('--capability <name>', 'text, code, tools, vision, audio, streaming', several)
    .option('--context-window <tokens>', 'tokens of prompt and response together')
    .option('--system <text>', 'its system instruction')
    .option('--force', 'replace a model of this name')
    .addHelpText('after', examples)
    .action(async (name: string | undefined, flags: AddFlags, command: Command) => {
      const { addModel } = await import('./models/add.ts')
      await addModel(name, flags, command)
    })
}

function several(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}
