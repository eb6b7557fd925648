import { createModel } from '../../src/model/create-model.ts'
import type { Generated } from '../../src/model/implementation.ts'
import type { Model } from '../../src/model/model.ts'

/** A model that gives its replies in turn. */
export function replying(...replies: (Generated | Error)[]): Model {
  let calls = 0
  return createModel({
    provider: 'test',
    name: 'echo',
    async generate() {
      const reply = replies[calls++]!
      if (reply instanceof Error) throw reply
      return reply
    },
  })
}
