// Uses a server and goes, without saying goodbye.

import { Secret } from '../../../src/model/secret.ts'
import { redisStore } from '../../../src/request/cache/redis-store.ts'

const store = redisStore({ url: new Secret(process.argv[2] ?? ''), maxEntries: 10 })
await store.set('a', 'a', 60_000)
console.log(`read: ${await store.get('a')}`)
console.log(
  `timers: ${process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length}`,
)
