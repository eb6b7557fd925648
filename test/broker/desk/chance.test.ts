import { expect, test } from 'vitest'
import { createDesk } from '../../../src/broker/desk.ts'
import { VirtualClock } from './virtual-clock.ts'
import { seeded } from '../../support/seeded.ts'

test.each([{ retryAfterMs: 200 }, { retryAfterMs: 1000 }, { retryAfterMs: undefined }])(
  'a server that refuses 1 of 20 at random is not slowed down to a crawl: %j',
  async ({ retryAfterMs }) => {
    const clock = new VirtualClock()
    const { now, setTimer } = clock
    const random = seeded(7)
    const desk = createDesk({ now, setTimer, random: seeded(8) })
    const pool = { provider: 'acme', model: 'small', keys: ['k'] }
    let refused = 0
    const row = async () => {
      for (let again = false; ; again = true) {
        const permit = await desk.acquire({ pool, tokens: 1, patienceMs: 1e9, again })
        const isRefused = random() < 0.05
        await clock.sleep(isRefused ? 1 : 100)
        if (!isRefused) return permit.release({ failure: null })
        refused++
        permit.release({ failure: 'rate_limit', retryAfterMs })
      }
    }
    const lanes = Array.from({ length: 100 }, async () => {
      for (let i = 0; i < 10; i++) await row()
    })
    await clock.pass()
    await Promise.all(lanes)
    expect(refused).toBeGreaterThan(30)
    expect(clock.time).toBeLessThan(90_000)
  },
)
