import { describe, test } from 'vitest'
import type { ModelProvider } from '../provider/provider.ts'
import type { Bench } from './check.ts'
import { checkContract } from './check-contract.ts'
import { httpChecks } from './checks/http.ts'
import { inProcessChecks } from './checks/in-process.ts'
import type { ProviderContract } from './contract.ts'
import { otherWaysOf } from './other-ways.ts'
import { createStage } from './stage.ts'

/** How many calls one check makes at most, one after the other. */
const CALLS = 12

/**
 * Registers the tests that every provider must pass, `provider NAME`, with one test for each demand.
 * @throws AssayError `config` for a contract that is not complete
 */
export function testProvider(provider: ModelProvider, given: ProviderContract): void {
  const { contract, replies } = checkContract(provider, given)
  const others = otherWaysOf(provider)
  if (others.length > 0) {
    const names = others.map((name) => `\`${name}\``).join(', ')
    console.warn(
      `testProvider(${provider.name}): \`setup\` is the one way to a model; what ${names} make is torn down by nobody.`,
    )
  }
  const bench: Bench = {
    name: provider.name,
    contract,
    replies,
    open: (answer, settings, cut) =>
      createStage(provider, contract, {
        ...(answer && { handler: typeof answer === 'function' ? answer : () => answer }),
        ...(settings && { settings }),
        ...(cut && { cut }),
      }),
  }
  describe(`provider ${provider.name}`, { timeout: CALLS * contract.timeout }, () => {
    if (!replies) {
      for (const { name, run } of inProcessChecks) test(name, () => run(bench))
      return
    }
    const has = { replies, listModels: provider.listModels !== undefined }
    for (const { name, run } of httpChecks(has)) test(name, () => run({ ...bench, replies }))
  })
}
