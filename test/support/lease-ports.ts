// One of several processes that want the same few ports: `node lease-ports.ts STATE FIRST LAST ROUNDS`.
// Prints how often somebody else was on a port that it had leased.
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { leasePort } from '../../src/server/supervisor/ports.ts'
import { openPlace } from '../../src/server/supervisor/state-folder.ts'

const [state = '', first, last, rounds] = process.argv.slice(2)
const place = await openPlace(state)
let clashes = 0
let leases = 0
for (let round = 0; round < Number(rounds); round++) {
  const lease = await leasePort([Number(first), Number(last)], place).catch(() => undefined)
  if (lease === undefined) continue
  leases++
  await sleep(Math.random() * 20) // as a server that listens when it has loaded its model
  await new Promise<void>((resolve) => {
    const server = createServer()
    server.once('error', () => {
      clashes++
      resolve()
    })
    server.listen({ port: lease.port, host: '127.0.0.1', exclusive: true }, () => {
      setTimeout(() => server.close(() => resolve()), Math.random() * 10)
    })
  })
  await lease.release()
}
await place.remove()
process.stdout.write(JSON.stringify({ clashes, leases }))
