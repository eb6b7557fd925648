import { AssayError, messageOf } from '../../model/error.ts'
import { failuresOf, throwAll } from '../../model/settle-all.ts'
import { fromOptions, type InnerChoice } from './choices.ts'
import type { ProviderContext } from '../definition.ts'
import type { HealthSettings } from '../health/options.ts'
import { createMember, type Member } from './member.ts'

/** The models behind another one. @throws AssayError `config` where two have one name, or one has no provider */
export async function createMembers(
  choices: readonly InnerChoice[],
  { otherModel, notice }: Pick<ProviderContext, 'otherModel' | 'notice'>,
  health: HealthSettings,
): Promise<readonly Member[]> {
  const others = choices.map((choice) => otherModel(fromOptions(choice)))
  const names = others.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) {
    throw new AssayError(
      `Two of the models are called "${twice}"; give each a name of its own, { spec, options, name }.`,
      { kind: 'config' },
    )
  }
  const onError = (error: unknown) => notice(`A listener has failed: ${messageOf(error)}`)
  const members = others.map((other) => createMember(other, { health, onError }))
  await Promise.all(members.map((member) => member.learn()))
  return members
}

/** Lets go of all. @throws AggregateError naming each failure */
export async function tearDownMembers(members: readonly Member[]): Promise<void> {
  throwAll(await failuresOf(members.map((member) => member.teardown())))
}
