// A fake `vllm`. Its own children are started with a role in place of a command.
import { ignoreClosedOutput, liveWithHome } from '../fake-program.ts'
import { runApiServer } from './api-server.ts'
import { readCommandLine } from './command-line.ts'
import { type EngineOrder, runEngine } from './engine.ts'
import { runHelper, runWorker } from './worker.ts'

ignoreClosedOutput()
const [role, text = ''] = process.argv.slice(2)
if (role === 'engine') {
  liveWithHome()
  await runEngine(JSON.parse(text) as EngineOrder)
} else if (role === 'worker') {
  liveWithHome()
  runWorker(text)
} else if (role === 'helper') {
  liveWithHome(text)
  runHelper()
} else {
  const options = readCommandLine(process.argv.slice(2))
  liveWithHome()
  await runApiServer(options)
}
