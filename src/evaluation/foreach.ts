import { inject, type TestAPI, type TestContext, type TestOptions } from 'vitest'
import { parseColumns } from '../dataset/columns.ts'
import { AssayError } from '../model/error.ts'
import { chooseModel, type Definition, type EvalMeta } from './definition.ts'
import type { Declared, Foreach } from './foreach-api.ts'
import { checkGates, type Gates } from './gates.ts'
import { checkOptions } from './options.ts'
import { fixtureNames } from './parameters.ts'
import { declarationPoint, evalError } from './problem.ts'
import { runEval } from './run-eval.ts'
import { chooseModels, nameOf, type RunSettings } from './settings.ts'

/** Makes a `foreach` of a `test` that the project has already, with its fixtures. */
export function foreachOf<C>(test: TestAPI<C>): Foreach<C> {
  return createForeach(test as unknown as LooseTest) as Foreach<C>
}

/** The part of Vitest's `test` that registration needs, without its type parameters. */
interface LooseTest {
  (name: string, options: object, run: unknown): void
  extend(...args: unknown[]): LooseTest
  skipIf(condition: unknown): LooseTest
  runIf(condition: unknown): LooseTest
  skip: LooseTest
  only: LooseTest
  todo: LooseTest
  concurrent: LooseTest
}

const modifiers = ['skip', 'only', 'todo', 'concurrent'] as const

function createForeach(test: LooseTest): unknown {
  const call = (...args: unknown[]) => {
    const columns = typeof args[0] === 'string' ? parseColumns(args.shift() as string) : undefined
    const [rows, options = {}] = args as [Definition['rows'], Definition['options']?]
    if (rows === undefined) {
      throw new AssayError('foreach: expected rows, got none.', { kind: 'config' })
    }
    checkOptions(options)
    return (name: string, ...rest: unknown[]) => {
      const body = rest.pop() as Definition['body']
      requireNameAndBody(name, body)
      const testOptions = (rest[0] ?? {}) as TestOptions
      const declaredAt = declarationPoint()
      const definition = { name, rows, columns, options, body, gates: [], declaredAt }
      registerTests(test, definition, testOptions)
      return declared(definition)
    }
  }
  for (const modifier of modifiers) {
    Object.defineProperty(call, modifier, { get: () => createForeach(test[modifier]) })
  }
  return Object.assign(call, {
    extend: (...args: unknown[]) => createForeach(test.extend(...args)),
    skipIf: (condition: unknown) => createForeach(test.skipIf(condition)),
    runIf: (condition: unknown) => createForeach(test.runIf(condition)),
  })
}

function requireNameAndBody(name: unknown, body: unknown): void {
  const isComplete = typeof name === 'string' && (body === undefined || typeof body === 'function')
  if (isComplete) return
  throw new AssayError(
    `foreach: expected a name and a function, foreach(rows)('name', body); got ${typeof name} and ${typeof body}.`,
    { kind: 'config' },
  )
}

/** Registers one Vitest test per model. */
function registerTests(test: LooseTest, definition: Definition, testOptions: TestOptions): void {
  const { name, body, options } = definition
  const settings = runSettings()
  const fixtures = typeof body === 'function' ? fixtureNames(body) : []
  for (const { model, named } of chooseModels(options.models, settings)) {
    const modelName = named && model ? nameOf(model) : null
    const meta: EvalMeta = { version: 1, name, model: modelName }
    chooseModel(meta, { model, judge: options.judge, fixer: options.fixer })
    const run = (context: TestContext) => runEval(definition, meta, context, settings)
    // where Vitest looks for the fixtures that a test uses
    const source = `({ ${fixtures.filter((one) => one !== 'row').join(', ')} }) => {}`
    run.toString = () => source
    test(
      modelName === null ? name : `${name} [${modelName}]`,
      { ...testOptions, meta: { ...testOptions.meta, assay: meta } },
      typeof body === 'function' ? run : undefined,
    )
  }
}

function declared(definition: Definition): Declared<never> {
  const self: Declared<never> = {
    expect(gates: Gates) {
      checkGates(gates)
      definition.gates.push(gates)
      return self
    },
  }
  return self
}

function runSettings(): RunSettings {
  const settings = inject('assay') as RunSettings | undefined
  if (settings) return settings
  throw evalError(
    'foreach runs in the evals project: put plugins: [evals()] from vitest-assay/config into ' +
      'vitest.config.ts, and run vitest --project evals.',
    declarationPoint(),
  )
}
