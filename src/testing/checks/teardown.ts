import { expect } from 'vitest'
import { AssayError } from '../../model/error.ts'
import type { ModelHandle } from '../../provider/provider.ts'
import type { Bench, Check } from '../check.ts'
import { childrenLeftBy } from '../children.ts'
import { PROMPT, resultOf } from '../outcome.ts'
import type { Stage } from '../stage.ts'

export const teardown: Check<Bench> = {
  name: 'teardown: equal set-ups share one resource, which goes with its last handle, and nothing runs on',
  async run(bench) {
    const left = await childrenLeftBy(() => setUpAndTearDown(bench))
    expect(left, 'programs that still run after `provider.teardownAll()`').toEqual([])
  },
}

async function setUpAndTearDown({ open, contract, replies, name }: Bench): Promise<void> {
  await using stage = await open(replies?.answer)
  await stage.handle.teardown()
  const [first, second] = await Promise.all([stage.setup(), stage.setup()])
  const { model, shared } = contract
  expect(first.model.info, '`info` of the model').toMatchObject({
    provider: name,
    name: model,
    spec: `${name}/${model}`,
  })
  const share = 'whether two equal set-ups share one resource, by their `resourceId`'
  expect(first.resourceId === second.resourceId, share).toBe(shared)

  await first.teardown()
  await first.teardown()
  expectGone('after its own teardown', first)
  await expectAlive('after the teardown of another handle, twice', second, stage)
  await stage.provider.teardown(second.resourceId)
  expectGone('after `provider.teardown(resourceId)`', second)

  const third = await stage.setup()
  await expectAlive('that was set up again', third, stage)
  await stage.provider.teardownAll()
  expectGone('after `provider.teardownAll()`', third)
  await third[Symbol.asyncDispose]()
}

async function expectAlive(when: string, handle: ModelHandle, { inTime }: Stage): Promise<void> {
  const what = `generate() of a handle ${when},`
  await resultOf(what, inTime(what, handle.model.generate(PROMPT, { maxTokens: 16 })))
}

function expectGone(when: string, handle: ModelHandle): void {
  let error: unknown
  try {
    void handle.model
  } catch (thrown) {
    error = thrown
  }
  expect(AssayError.is(error), `whether \`handle.model\` throws an AssayError ${when}`).toBe(true)
}
