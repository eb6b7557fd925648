import { describe, expect, test } from 'vitest'
import { beginLife, type Life, type Patience } from '../../../providers/adapters/life.ts'
import { subjectOf } from '../../../providers/adapters/subject.ts'
import { failureOf } from '../../support/failure.ts'

const FOR_GOOD = 2 ** 31 // longer than any timer
const subject = subjectOf({ provider: 'custom', name: 'm' })

/** A life in which nothing but what is given has a limit. */
const lifeOf = (object: object, patience: Partial<Patience>): Life =>
  beginLife(object, subject, false, { initialize: FOR_GOOD, health: FOR_GOOD, ...patience })

/** Begins a call that waits for `initialize`. */
function call(life: Life): Promise<{ readonly kind: string }> {
  return failureOf(life.ask(life.signalFor(undefined), () => 'Hello'))
}

describe('an `initialize` that does not end', () => {
  test('O-13: holds a teardown no longer than the limit, and is named', async () => {
    const life = lifeOf({ initialize: () => new Promise(() => {}) }, { initialize: 2 })
    const running = call(life)
    expect(await failureOf(life.close())).toMatchObject({
      kind: 'timeout',
      provider: 'custom',
      message: 'custom/m: `initialize` has not ended within 0.002 s.',
    })
    expect((await running).kind).toBe('cancelled')
  })

  test('O-13: what it connects after all is cleaned up all the same', async () => {
    const open = Promise.withResolvers<void>()
    const cleaned = Promise.withResolvers<string>()
    const object = { initialize: () => open.promise, cleanup: () => cleaned.resolve('cleaned up') }
    const life = lifeOf(object, { initialize: 1 })
    const running = call(life)
    expect((await failureOf(life.close())).kind).toBe('timeout')
    await running
    open.resolve()
    expect(await cleaned.promise).toBe('cleaned up')
  })

  test('O-12: is no state of health for longer than the limit', async () => {
    const object = { initialize: () => new Promise(() => {}), health_check: () => true }
    expect(await failureOf(lifeOf(object, { health: 1 }).health!())).toMatchObject({
      kind: 'timeout',
    })
  })
})

test('O-12: a `health_check` without an answer is one of ill health when its time is over', async () => {
  const life = lifeOf({ healthCheck: () => new Promise(() => {}) }, { health: 5 })
  expect(await failureOf(life.health!())).toMatchObject({
    kind: 'timeout',
    message: 'custom/m: `healthCheck` has not ended within 0.005 s.',
  })
})
