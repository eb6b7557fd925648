import { expect } from 'vitest'
import type { Check } from '../check.ts'
import { failureOf, started } from '../outcome.ts'
import { waiting } from '../reply.ts'

export const listModels: Check = {
  name: 'listModels: an error of the server is an error, and no list',
  async run({ open, replies: { serverError } }) {
    await using stage = await open(waiting(serverError, 0), { attempts: 1 })
    const { server, inTime } = stage
    const call = started(inTime('listModels()', stage.listModels()))
    await call.catch(() => {})
    if (server.requests.length === 0) return // a list that needs no server
    expect((await failureOf('listModels()', call)).kind, 'kind of the error').toBe('server')
  },
}
