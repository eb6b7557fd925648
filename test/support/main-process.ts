// A main process with a supervisor and one server, for tests of how it ends: `node main-process.ts ORDER FOLDERS…`,
// where the folders are what it would leave.
import type { StartOrder } from '../../src/server/protocol.ts'
import { startSupervisor } from '../../src/server/supervise.ts'

const supervisor = startSupervisor({ leftovers: process.argv.slice(3) })
const server = await supervisor.start(JSON.parse(process.argv[2]!) as StartOrder)
process.send?.({ pid: server.pid, port: server.port })
process.on('message', (ending) => {
  if (ending === 'exit') process.exit(3)
  if (ending === 'throw') throw new Error('a bug')
  if (ending === 'return') process.disconnect() // nothing else keeps it alive
  if (ending === 'close and return') void supervisor.close().then(() => process.disconnect())
})
