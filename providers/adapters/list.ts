import { AssayError } from '../../src/model/error.ts'
import type { ListedModel } from '../../src/provider/provider.ts'
import { failureOf } from './failure.ts'
import { fieldsOf, wrongAnswer } from './fields.ts'
import { type Method, methodOf } from './methods.ts'
import type { Subject } from './subject.ts'

/** `list_models` of an object, or of a class where it is static; or that of an object's class. */
export function listerOf(owner: object): Method | undefined {
  const own: unknown = owner.constructor // an object may have none
  const inherited = typeof own === 'function' ? methodOf(own, 'list_models') : undefined
  return methodOf(owner, 'list_models') ?? inherited
}

/** Asks what there is: an error is an error, and an empty list an empty list. */
export async function list(lister: Method | undefined, subject: Subject): Promise<ListedModel[]> {
  const { spec, provider } = subject
  if (!lister) {
    throw new AssayError(`${spec}: it has no method \`list_models\`.`, { kind: 'config', provider })
  }
  const models = await ask(lister, subject)
  if (!Array.isArray(models)) {
    throw wrongAnswer(lister, subject, { expected: 'a list of models', got: models })
  }
  return models.map((model: unknown) => toListed(model, lister, subject))
}

async function ask(lister: Method, subject: Subject): Promise<unknown> {
  try {
    return await lister.call()
  } catch (error) {
    throw failureOf(error, subject)
  }
}

function toListed(model: unknown, lister: Method, subject: Subject): ListedModel {
  if (typeof model === 'string') return { id: model }
  const fields = fieldsOf(model, lister, subject)
  const ownedBy = fields.optional('owned_by', 'string') ?? fields.optional('ownedBy', 'string')
  return { id: fields.require('id', 'string'), ...(ownedBy !== undefined && { ownedBy }) }
}
